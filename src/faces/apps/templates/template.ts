/**
 * The contract of a template: one product or kind of app that is added with only its address. A template is one file beside
 * this one and one line in `index.ts`. Commands, the launcher and docs/apps follow from it.
 */
import type { AppSettings } from '../../../identity/apps/app-protocol.ts'

export interface AppTemplate {
  /** As typed. Stored with each app, so it never changes. */
  readonly name: string
  readonly title: string
  /** The default name of its apps; absent: the template is for apps of many kinds. */
  readonly product?: string
  /** The name of a protocol. */
  readonly protocol: string
  /**
   * Strokes on a field of 24 by 24, as in platform/ui/icons.ts: our own drawing, not the logo of the product. Absent: its apps
   * have their initials.
   */
  readonly icon?: string
  /** The meaning of `--url` in words, after "The address of". */
  readonly urlOf: string
  /**
   * The settings of an app at this address. Typed options replace single settings.
   * @param url without a slash at its end
   */
  createSettings(url: string): AppSettings
  /** The steps on the side of the app, in order. */
  createGuide(facts: TemplateFacts): readonly GuideStep[]
  /** The introduction of its page in docs/apps, in Markdown. */
  readonly about: string
  /** What was tested, and what was only read in documents. */
  readonly tried: string
}

/** The real values of an installation. */
export interface TemplateFacts {
  readonly id: string
  /** The value of `--url`, without a slash at its end. */
  readonly url: string
  /** The first redirect address that the app has, which may be another than the template's. */
  readonly redirectUri?: string | undefined
  /** The name of the organisation, for a button of the app. */
  readonly brand: string
  /** An address of the app's protocol, by its name. */
  address(name: string): string
  /** The placeholder for the secret. */
  readonly secret: string
}

export interface GuideStep {
  /** A sentence or two, without Markdown other than `code`. */
  readonly text: string
  /** What to enter, as lines of a file or of a terminal. */
  readonly code?: string
  /** The language of `code`, for the page. */
  readonly language?: string
}

/** An address below the app's own. */
export const below = (url: string, path: string): string => `${url}/${path}`
