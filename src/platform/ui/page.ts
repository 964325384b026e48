/** A page before its frame: what is in the card, and what the document around it needs to know. */
import type { Html } from './html.ts'
import type { StylePart } from './style.ts'

export interface Page {
  /** For the title bar; the heading is part of the body. */
  readonly title: string
  readonly body: Html
  readonly width: 'narrow' | 'wide' | 'halves' | 'broad'
  /** The page reports something that went wrong; its title says so first. */
  readonly isError?: boolean
  /** The page itself says how to reach the service desk, so the footer need not. */
  readonly namesSupport?: boolean
  /** On paper it is the sheet that it contains, and nothing else. */
  readonly isSheet?: boolean
  /** The part of the style sheet that it needs; absent: all. */
  readonly style?: StylePart
  /** By name, see assets.ts. */
  readonly scripts?: readonly string[]
  /** Loads `url` by itself after so many seconds. */
  readonly refresh?: {
    readonly seconds: number
    readonly url: string
    /** `scripts_off`: only where the page's script cannot do it better. */
    readonly when: 'always' | 'scripts_off'
  }
}
