/**
 * What a step asks, in neutral terms. The HTML pages (page.ts) and the AM callbacks (callbacks.ts) are two renderings of
 * the same prompts. A prompt carries messages, not text, so another language does not run a step again.
 */
import type { Message } from '../../platform/ui/message.ts'
import type { NewPassword } from '../../platform/ui/parts.ts'

export type Prompt =
  | TextPrompt
  | SecretPrompt
  | ChoicePrompt
  | QrPrompt
  | CodePrompt
  | CodesPrompt
  | WaitPrompt
  | WebAuthnPrompt
  | TicketPrompt
  | NoticePrompt
  | ParagraphPrompt
  | DeskPrompt
  | FactsPrompt
  | InstructionsPrompt
  | LinkPrompt
  | HiddenPrompt

export interface TextPrompt {
  readonly type: 'text'
  readonly name: string
  readonly label: Message
  readonly value?: string
  /** An HTML autofill token (WCAG 1.3.5), for example `username`. */
  readonly autocomplete: string
  /** `numeric`: a phone shows its keys for digits. */
  readonly inputMode?: 'numeric'
}

export interface SecretPrompt {
  readonly type: 'secret'
  readonly name: string
  readonly label: Message
  readonly hint?: Message
  readonly autocomplete: string
  /** The field is for a new password, or for the same one `again`. */
  readonly newPassword?: NewPassword | 'again'
}

/** One decision; each option is a button that submits `name=value`. */
export interface ChoicePrompt {
  readonly type: 'choice'
  readonly name: string
  readonly options: readonly ChoiceOption[]
}

export interface ChoiceOption {
  readonly value: string
  readonly label: Message
  /** One sentence on the consequence. */
  readonly hint?: Message
  readonly look: 'primary' | 'card' | 'secondary' | 'quiet'
  /** Where the option is shown; absent: everywhere. `computer`: not on touch screens. */
  readonly only?: readonly ('scripts' | 'computer')[]
  /** The option can be pressed only after the wait of the page: of its notice, its form error, or its `WaitPrompt`. */
  readonly waits?: boolean
  readonly icon?: 'phone' | 'download' | 'later' | 'never' | 'code' | 'key' | 'paper' | 'headset'
}

/** A code to scan, with the same content as a link for the phone that shows the page, and as text to type in. */
export interface QrPrompt {
  readonly type: 'qr'
  readonly content: string
  /** Text alternative of the picture. */
  readonly label: Message
  /**
   * `device`: the code connects this phone. `store`: a small code beside a plain link. `beside`: a small code in place of
   * digits that are typed; it is no link that could be sent to another person.
   */
  readonly look: 'device' | 'store' | 'beside'
  readonly link: Message
  /** What is typed where nothing can be scanned; without it, the content. */
  readonly typed?: { readonly text: Message; readonly value: string; readonly copy: Message }
  /** For the phone that shows the page: what it needs. */
  readonly openHint?: Message
  /**
   * `beside`: the address that opens the app that is asked, for a phone that has the app and shows the page. The address
   * contains nothing that replaces the digits.
   */
  readonly onPhone?: { readonly address: string; readonly label: Message; readonly hint: Message }
}

/** What the person carries to the phone: the largest thing on the page. */
export interface CodePrompt {
  readonly type: 'code'
  readonly value: string
  readonly label: Message
  /** `digits`: several digits that are typed on the phone. Absent: one number that is tapped. */
  readonly look?: 'digits'
}

/** Codes to keep on paper or in a safe: as text that can be selected, copied and printed. */
export interface CodesPrompt {
  readonly type: 'codes'
  readonly values: readonly string[]
  /** What the list contains. */
  readonly label: Message
  /** Stands below the list on the screen. */
  readonly note: Message
  /** What the printed sheet says besides the codes. */
  readonly sheet: {
    readonly title: Message
    /** For whom, and from when. */
    readonly lead: Message
    readonly steps: readonly Message[]
    /** What stands beside the codes. */
    readonly codes: Message
    readonly help?: Message
  }
}

/** The page waits for something outside. The page's own address says when to look again. */
export interface WaitPrompt {
  readonly type: 'wait'
  readonly status: Message
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  readonly expiresAt: number
  /**
   * The message did not arrive: the status is a warning, and no time is shown. The value is the form of the waiting page
   * that this page replaces, so that everything below the status stays where it was.
   */
  readonly undelivered?: Form
  /** Seconds until the buttons that wait can be pressed; their labels say from when. */
  readonly pause?: number
  /**
   * What this page says, in short. The page sends it along when it asks for the status, so that the step can tell whether the
   * page is still right, and nothing has to be stored when a page is shown.
   */
  readonly shown?: string
}

/**
 * The browser creates or uses a WebAuthn credential. Its answer, a credential as JSON, comes back in the field `name`. A
 * button that only a script shows starts the ceremony.
 */
export interface WebAuthnPrompt {
  readonly type: 'webauthn'
  readonly name: string
  /** `autofill`: offered in the field for the user name as well, without being asked. */
  readonly ceremony: 'create' | 'get' | 'autofill'
  /** JSON, WebAuthn Level 3 sections 5.1.9 and 5.1.10. */
  readonly options: string
  readonly button: Message
  /** The script of its page, by name. */
  readonly script: string
  readonly texts: WebAuthnTexts
}

/** What the script says. With `autofill` there is only `failed`. */
export interface WebAuthnTexts {
  readonly failed: Message
  /** The authenticator is enrolled already. */
  readonly known?: Message
  /** This browser cannot do it. */
  readonly unable?: Message
  readonly noScript?: Message
}

/** The browser may show a ticket in place of what the form asks: a button that sends the form to another address. */
export interface TicketPrompt {
  readonly type: 'ticket'
  /** A path on this server. */
  readonly action: string
  readonly label: Message
}

export interface NoticePrompt {
  readonly type: 'notice'
  readonly tone: 'info' | 'success' | 'warning' | 'error'
  readonly title?: Message
  readonly text: Message
  /** Seconds from now until the wait is over. The text says the time in its own words. */
  readonly pause?: number
}

/** A sentence between other prompts. */
export interface ParagraphPrompt {
  readonly type: 'paragraph'
  readonly text: Message
}

/** How to reach the service desk, and what to read out to it. */
export interface DeskPrompt {
  readonly type: 'desk'
  /** As in the configuration; absent: the desk has no phone. */
  readonly phone?: string | undefined
  readonly email?: string | undefined
  /** The reference of this login, in groups. */
  readonly reference: string
}

export interface FactsPrompt {
  readonly type: 'facts'
  readonly rows: readonly { readonly label: Message; readonly value: Message | string }[]
}

/** A short numbered list of what to do. */
export interface InstructionsPrompt {
  readonly type: 'instructions'
  readonly items: readonly Message[]
}

export interface LinkPrompt {
  readonly type: 'link'
  readonly href: string
  readonly label: Message
  /** `primary`: leads on and looks like a button. `quiet`: stands where the quiet button of a choice would. */
  readonly look?: 'primary' | 'quiet'
  /** It leads to a page of an app, in a tab of its own. */
  readonly isElsewhere?: true
}

export interface HiddenPrompt {
  readonly type: 'hidden'
  readonly name: string
  readonly value: string
}

export interface Said {
  readonly text: Message
  /** It belongs to no field of the page: Enter never presses it. */
  readonly option: { readonly value: string; readonly label: Message; readonly hint?: Message }
}

/** One page: one question. */
export interface Form {
  readonly title: Message
  readonly lead?: Message
  /** Replaces `lead` on touch screens, as on the phone that is asked. */
  readonly leadOnPhone?: Message
  /** What has just happened, above the question, with a button of its own. */
  readonly said?: Said
  /** `wide` for a QR code beside its instructions; `halves` for a code beside the wait for the phone that it is typed on. */
  readonly width: 'narrow' | 'wide' | 'halves'
  readonly prompts: readonly Prompt[]
}
