/** A page without its frame: the content of the card, and what the document around it has to know. */
import type { Html } from './html.ts'
import type { StylePart } from './style.ts'

export interface Page {
  /** For the title bar; the heading is part of the body. */
  readonly title: string
  readonly body: Html
  readonly width: 'narrow' | 'wide' | 'halves' | 'broad'
  /** The page reports an error; its title says so first. */
  readonly isError?: boolean
  /** The page itself says how to reach the service desk, so the footer need not. */
  readonly namesSupport?: boolean
  /** In print only the sheet in it appears. */
  readonly isSheet?: boolean
  /** The part of the style sheet that the page uses; absent: all. */
  readonly style?: StylePart
  /** Names of scripts, see assets.ts. */
  readonly scripts?: readonly string[]
  /** Loads `url` automatically after some seconds. */
  readonly refresh?: {
    readonly seconds: number
    readonly url: string
    /** `scripts_off`: only in browsers that do not run the page's script, which does it better. */
    readonly when: 'always' | 'scripts_off'
  }
}
