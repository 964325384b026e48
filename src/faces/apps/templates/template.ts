/**
 * The contract of a template: one product, or one kind of app, that is added by its address alone. A template is one file
 * beside this one and one line in `index.ts`. Commands, the launcher and docs/apps follow from it.
 */
import type { AppSettings } from '../../../identity/apps/app-protocol.ts'

export interface AppTemplate {
  /** As it is typed. Stored with each app, so it never changes. */
  readonly name: string
  readonly title: string
  /** The name of apps that are given none; absent: it is for apps of many kinds. */
  readonly product?: string
  /** The name of a protocol. */
  readonly protocol: string
  /** Strokes on a field of 24 by 24, as in platform/ui/icons.ts: an own drawing, not the mark of the product. */
  readonly icon: string
  /** What `--url` is, in words, after "The address of". */
  readonly urlOf: string
  /**
   * The settings of an app that is reached there. What is typed beside `--url` replaces one.
   * @param url without a slash at its end
   */
  createSettings(url: string): AppSettings
  /** What to do on the side of the app, in order. */
  createGuide(facts: TemplateFacts): readonly GuideStep[]
  /** For its page in docs/apps: what to know before, in Markdown. */
  readonly about: string
  /** What was tried, and what was only read. */
  readonly tried: string
}

/** The real values of an installation. */
export interface TemplateFacts {
  readonly id: string
  /** What `--url` was, without a slash at its end. */
  readonly url: string
  /** The name of the organisation, for a button of the app. */
  readonly brand: string
  /** An address of the app's protocol, by its name. */
  address(name: string): string
  /** What stands where the secret has to be entered. */
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

/** An address of an app below that of the whole. */
export const below = (url: string, path: string): string => `${url}/${path}`
