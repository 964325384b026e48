/**
 * The contract of a second factor: one object per kind with everything that the rest of the program uses. Pages, journeys,
 * commands, limits and texts loop over the list in index.ts; nothing outside of a factor's folder names its kind. The password is
 * no such factor: it comes before all of them, belongs to the directory of the user, and has no authenticators to enrol, list or
 * remove.
 *
 *   export const smsCode: FactorDefinition<'sms-code'> = {
 *     kind: 'sms-code',
 *     label: message('other.sms-code'),
 *     hint: message('other.sms-code.hint'),
 *     icon: 'phone',
 *     highestLevel: acrPossession,
 *     isFallback: false,
 *     words: { ... },
 *     events: smsCodeEvents,
 *     isAvailable: (config) => hasGateway(config),
 *     openAuthenticators: (parts) => createAuthenticators(createStore(parts), parts),
 *     prepare: async () => openSmsCode,   // (parts: FactorParts) => Factor<'sms-code'>
 *   }
 */
import type { By, EventType } from '../../identity/audit/event.ts'
import type { Notice } from '../../identity/notify/notice.ts'
import type { Acr } from '../../identity/policy/assurance.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { FactorSettings } from '../../platform/config/load.ts'
import type { Mistake } from '../../platform/config/mistakes.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Reply } from '../../platform/http/reply.ts'
import type { PageRequest } from '../../platform/http/request.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Queries } from '../../platform/storage/database.ts'
import type { PersonalTable } from '../../platform/storage/personal-table.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import type { IconName } from '../../platform/ui/icons.ts'
import type { Message, MessageKey } from '../../platform/ui/message.ts'
import type { Fragment } from '../engine/compose.ts'
import type { StepName } from '../engine/journey.ts'
import type { ChoiceOption, Prompt } from '../engine/prompt.ts'
import type { Change, FormError, NewProof, StepContext } from '../engine/step.ts'
import type { About } from '../report/about.ts'
import type { AppRequests } from './app-requests.ts'
import type { CallerCheck, CallerParts } from './caller.ts'
import type { EpochParts, FactorEnvironment, FactorParts, StoreParts } from './factor-parts.ts'
import type { OpenImportSources } from './imports.ts'
import type { FactorKind } from './index.ts'
import type { LinkedCodes } from './linked-codes.ts'
import type { PassOperations, PassParts } from './passes.ts'
import type { TroubleWords } from './trouble.ts'

/** A factor as a card to choose. */
export interface FactorCard<Kind extends string = FactorKind> {
  readonly kind: Kind
  readonly label: Message
  /** One sentence on what the person needs for it. */
  readonly hint: Message
  readonly icon: IconName & ChoiceOption['icon']
  /** The one authenticator that the card is for, if the person can choose among several; see `Enrolled.choices`. */
  readonly authenticatorId?: string
  /** The same authenticator, if it is a phone that can be asked: its name, null when it has none. */
  readonly phone?: { readonly name: string | null }
  /** It cannot be asked now; the hint says from when. */
  readonly isHeld?: boolean
}

/** What is known of a kind before a server opens it. */
export interface FactorDescription<Kind extends string = FactorKind> extends FactorCard<Kind> {
  readonly words: FactorWords
  /** The highest level that it reaches beside a password. */
  readonly highestLevel: Acr
  /** How many authenticators a person may have; absent: they have one set, which a new one replaces. */
  readonly limit?: number
  /** Something to fall back on, which alone does not make a second factor: recovery codes. */
  readonly isFallback: boolean
  /**
   * Nobody can guess its proofs. So wrong proofs of other factors do not make it wait: its owner can use it while a thief of the
   * password guesses codes.
   */
  readonly cannotBeGuessed?: boolean
  /** An operator gives it only to a person they have recognised: it is a proof for the first second factor as well. */
  readonly isFromOperator?: boolean
  /** How it is offered to a person without a second factor; absent: it is not offered. */
  readonly offer?: FactorOffer
  /** It needs the app whose stores are configured. */
  readonly needsApp?: boolean
  /** The audit events that it writes, with the words of a person's history. */
  readonly events: Readonly<Record<string, EventType>>
  /** Addresses that devices call, past everything that is for browsers. `summary` is for the list of routes. */
  readonly deviceAddresses?: { readonly paths: readonly string[]; readonly summary: string }
  /** Addresses at which devices hold a stream of events that say *look again*. */
  readonly deviceStreams?: { readonly paths: readonly string[]; readonly summary: string }
  /** Its scripts for the browser, by the names that pages use. Each function is sent as it stands. */
  readonly scripts?: Readonly<Record<string, () => void>>
}

export interface FactorWords {
  /** What one of its authenticators is, and its name as long as it has none. */
  readonly name: Message
  /** The default name in words, if nobody has given this one: it was stored in the language of the enrolment. */
  readonly readDefaultName?: (name: string) => Message | undefined
  /** The app on the phone that it needs, by its own name: which one to choose where there are several for phones. */
  readonly app?: Message
  /** The first page of an enrolment. `first`: for a person who has none of the kind. Absent: nobody enrols it. */
  readonly begin?: { readonly title: Message; readonly lead: Message; readonly first?: Message }
  /** For a person who has as many as the limit allows. */
  readonly full?: Message
  /** In the list of what can be added; absent: it is not in that list. */
  readonly add?: Message
  /** The advice for a session with a lower level; absent: no advice. */
  readonly stronger?: Message
  /** For a factor whose thing can be missing. */
  readonly trouble?: TroubleWords
  /** The button that asks for it, where that sends a message or shows something. */
  readonly ask?: Message
  /** What happens at the next login, one sentence, for the page after its enrolment. */
  readonly nextLogin?: Message
  /** For a fallback: says that it is there, on the page after it was made. */
  readonly made?: Message
  /** The question what happened to it, when a fallback took its place; absent: nobody asks it. */
  readonly missing?: Message
  /** For a fallback, which has a place of its own on the account's pages. */
  readonly fallback?: FallbackWords
}

export interface FallbackWords {
  readonly title: Message
  readonly text: Message
  /** Absent: its owner cannot make one. */
  readonly create?: Message
  readonly renew?: Message
  readonly left: (left: number) => Message
}

/** When the lead of the offer is said: see journeys/second-factor/offer.ts. */
export type OfferCase = 'until' | 'soon' | 'optional' | 'required'

export interface FactorOffer {
  /** Each leads to a step of `enrol`. `isAlone`: no other factor is offered before it. */
  options(isFirst: boolean): readonly { readonly option: ChoiceOption; readonly step: StepName }[]
  /** Where no other factor is offered, in place of the general lead. A key with `.plain` names no app. */
  readonly leads?: Readonly<Partial<Record<OfferCase, LeadKey>>>
}

/** Keys that have a twin for a login that is for no app. */
export type LeadKey = {
  [Key in MessageKey]: `${Key}.plain` extends MessageKey ? Key : never
}[MessageKey]

/** `superseded`: a factor that has to be asked first was enrolled meanwhile. */
export type EnrolExit = 'enrolled' | 'back' | 'superseded'
/**
 * `enrol`: the enrolled authenticator cannot be asked any more, and another one may take its place. `trouble`: the person does
 * not have at hand what it needs.
 */
export type VerifyExit = 'verified' | 'cancelled' | 'other' | 'enrol' | 'trouble'

/** A kind of factor on a running server. */
export interface Factor<Kind extends string = FactorKind> extends FactorDescription<Kind> {
  /** Whether this installation has what it needs. */
  readonly isAvailable: boolean
  /** `undefined`: the person has none. A kind that is off after too many failures is still found. */
  findEnrolled(queries: Queries, userId: Id<'user'>): Promise<Enrolled | undefined>
  readonly authenticators: Authenticators
  /** The steps from nothing to an authenticator that can be used. Absent: operators issue it, see `openPasses`. */
  readonly enrol?: Fragment<EnrolExit>
  /** The steps in which one is used. */
  readonly verify: Fragment<VerifyExit>
  /** Which of a person's `choices` may be asked in this journey, by its rule and its required level. Absent: all of them. */
  listAskable?(
    context: StepContext,
    choices: readonly AuthenticatorChoice[],
  ): Promise<readonly AuthenticatorChoice[]>
  /** Takes back what it has sent, when a person chooses another factor, or cancels on a page outside `verify`. */
  leaveVerify?(context: StepContext): Promise<Change | undefined>
  /** Whether the first step of `verify` sends a message by itself, which a link must not be able to cause. */
  readonly sendsMessage?: boolean
  /** The button with which owners test one: a journey that proves nothing. */
  readonly trial?: Fragment<'left'>
  /** It can be the whole login, without a password. */
  readonly wholeLogin?: WholeLogin
  /** Its codes can come with the QR code of another factor. */
  readonly linkedCodes?: LinkedCodes
  /**
   * How it is offered on the page after the enrolment of another factor; its value is the kind. `undefined`: not to this
   * person in this browser.
   */
  offerBeside?(context: StepContext): Promise<ChoiceOption | undefined>
  /**
   * Why it, or one of its authenticators, cannot be asked before a certain time, where it has nothing to show until then.
   * `undefined`: it can be chosen.
   */
  findHold?(context: StepContext, authenticatorId?: string): Promise<Hold | undefined>
  /** For a fallback: removes what was made before the first second factor, and audits it. */
  removeEarlier?(queries: Queries, userId: Id<'user'>): Promise<void>
  /** Removes all that was begun and never verified, but `except`, and what could still add more; with audit events. */
  removeUnverified?(tx: Transaction, userId: Id<'user'>, except: string | undefined): Promise<void>
  /** The login that one of its messages was about, for a page that reports it. */
  findReported?(queries: Queries, id: string): Promise<ReportedLogin | undefined>
  /** JSON for the script `signals` on the list of authenticators. */
  readonly signals?: (queries: Queries, session: LiveSession) => Promise<string | undefined>
  /** Answers what devices send to the `deviceAddresses`. */
  answerDevice?(request: PageRequest): Promise<Reply>
  /** Its authenticators can be asked by an app, while no browser waits. */
  readonly appRequests?: AppRequests
  /** Which device asks at one of the `deviceStreams`, and what it may listen to. */
  openDeviceStream?(request: PageRequest): Promise<DeviceStream>
  readonly metrics?: readonly Metric[]
  /** At the start of the process. */
  start?(): Promise<void>
  /** Deletes rows that are of no use any more. */
  purge?(queries: Queries): Promise<void>
  /** Writes what was only counted so far; with `all` also the latest. */
  flush?(queries: Queries, which?: { readonly all: boolean }): Promise<void>
  /** Finishes what is under way. */
  close?(): Promise<void>
}

/** A limit that ends by waiting. */
export interface Hold {
  /** From when, for a card; absent where the wait is too short for words. */
  readonly hint: Message | undefined
  /** The error for a person who chooses it all the same; audits that nothing was asked. Absent: its page has more to show. */
  refuse?(): Promise<FormError>
}

/** The members of a factor that are used to choose among factors. */
export type ChoosableFactor<Kind extends string = FactorKind> = FactorCard<Kind> &
  Pick<
    Factor<Kind>,
    | 'highestLevel'
    | 'isFallback'
    | 'findEnrolled'
    | 'findHold'
    | 'listAskable'
    | 'leaveVerify'
    | 'sendsMessage'
  >

/** What a person has enrolled of one kind. */
export interface Enrolled {
  /** Milliseconds since the epoch; null when it was not used yet. */
  readonly lastUsedAt: number | null
  /** The id of the authenticator that was used last. */
  readonly lastUsedId?: string
  /** The ids of other authenticators on the devices of this factor: the use of one of them is a use of the device. */
  readonly goesWith?: readonly string[]
  /** Replaces the factor's own hint when this one says more. */
  readonly hint?: Message
  /** The level that it reaches beside a password, if it is lower than the `highestLevel` of its factor. */
  readonly level?: Acr
  /** It exists, but cannot be asked at the moment. */
  readonly isUnreachable?: boolean
  /** It can never be asked again, such as a passkey of another host. The person still has it. */
  readonly isLost?: boolean
  /**
   * If it matters which authenticator is asked: those that can be asked now, the default one first. The factor's `listAskable`
   * says which of them a journey may ask. The steps of `verify` find the chosen one in `chosenAuthenticatorEntry`.
   */
  readonly choices?: readonly AuthenticatorChoice[]
  /** What the person has to read once. */
  readonly notice?: EnrolledNotice
}

export interface AuthenticatorChoice extends Pick<FactorCard, 'label' | 'phone'> {
  readonly id: string
  /** Absent: that of its factor. */
  readonly hint?: Message
  /** The level that it reaches beside a password, if it is lower than the `highestLevel` of its factor. */
  readonly level?: Acr
}

export interface EnrolledNotice {
  readonly title: Message
  readonly text: Message
  /** Notes that it was read. */
  noteRead(queries: Queries): Promise<void>
}

/** One authenticator, as its owner sees it. */
export interface Authenticator {
  readonly id: string
  readonly kind: FactorKind
  /** The name that its owner or the device gave it; `null`: it has none. */
  readonly name: string | null
  /** Since when it can be used. One that was begun earlier and verified later was added when it was verified. */
  readonly addedAt: number
  readonly lastUsedAt: number | null
  /** The highest level that it reaches beside a password. */
  readonly level: Acr
  /**
   * `cannot_be_reached`: no message reaches it. `off`: too many failures, it has to be enrolled again. `other_host`: it
   * belongs to an address that this installation had before.
   */
  readonly state: 'usable' | 'cannot_be_reached' | 'off' | 'other_host'
  /** Why it cannot be reached: the configuration has nothing that sends to it, and its owner can do nothing about that. */
  readonly lacksSender?: boolean
  /** Of codes: how many can still be used. */
  readonly left?: number
  /** The ids of others on the same device, which are lost and removed together with it. They may be gone. */
  readonly goesWith?: readonly string[]
  /** Its owner can test it, see `trial`. */
  readonly canBeTested?: boolean
  /** More rows for its page. */
  readonly facts?: readonly { readonly label: Message; readonly value: Message }[]
}

/** What a person can do with their authenticators of one kind. */
export interface Authenticators {
  readonly kind: FactorKind
  /** The notice to the person after one was removed. */
  readonly removalNotice: Notice
  /** Those that can be used. */
  list(queries: Queries, userId: Id<'user'>): Promise<Authenticator[]>
  /** `false`: the person has no such authenticator. */
  rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean>
  /**
   * Removes one, with its audit event. `undefined`: the person has no such authenticator.
   * @param by who removes it: the person, or an administrator
   */
  remove(tx: Transaction, userId: Id<'user'>, id: string, by: By): Promise<Removed | undefined>
}

export interface Removed {
  /** The journeys that wait for it, to be woken after the commit. */
  readonly waiting: readonly string[]
  /** The ids by which proofs name it. */
  readonly provenBy: readonly string[]
}

/** `open`: the topic that wakes the device, and the headers that its origin needs. */
export type DeviceStream =
  | {
      readonly type: 'open'
      readonly topic: string
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly type: 'refused'; readonly reply: Reply }

export interface WholeLogin {
  /** Beside the form for name and password. */
  prompt(context: StepContext): Prompt
  /** `undefined`: the answers have nothing for it. */
  check(
    context: StepContext,
  ): Promise<
    | { readonly type: 'passed'; readonly change: Change }
    | { readonly type: 'failed'; readonly formError: FormError }
    | undefined
  >
  /** Whether this proof is enough without a password. */
  isEnough(proof: Pick<NewProof, 'amr'>): boolean
}

export interface ReportedLogin {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly about: About | undefined
}

/** A kind of factor, as an entry of the list. */
export interface FactorDefinition<Kind extends string = FactorKind>
  extends FactorDescription<Kind> {
  /** Whether an installation with this configuration has what it needs. */
  isAvailable(config: Config): boolean
  /** What is missing, as the end of a sentence in English. Absent: it is always available. */
  explainMissing?(config: Config): string
  /** What an installation can do without, but rarely on purpose: sentences in English. */
  listGaps?(config: Config): string[]
  /** What works otherwise than its part of the configuration suggests: `key: sentence`, in English. */
  listWarnings?(config: Config): string[]
  /** Mistakes in its part of the configuration that the schema cannot find. */
  findMistakes?(settings: FactorSettings, readFile: (path: string) => string): readonly Mistake[]
  /**
   * Lifts its own limits that end by waiting, for example of messages: a person's earlier logins do not use them any more.
   * Returns how many messages were counted. Lockout and throttle are lifted without it.
   */
  liftLimits?(
    tx: Transaction,
    of: { readonly userId: Id<'user'>; readonly now: number },
  ): Promise<number>
  /**
   * After a restore from a backup nobody knows what was spent since. Ends everything that can be used once or waits for an
   * answer; authenticators stay. Absent: it has nothing of the kind.
   */
  voidEarlier?(tx: Transaction, epoch: EpochParts): Promise<void>
  /** The personal data in its tables, for the export of all that is stored about a person. Absent: nothing. */
  loadPersonalTables?(): Promise<readonly PersonalTable[]>
  /** For commands, without anything that could ask a person. */
  openAuthenticators(parts: StoreParts): Authenticators
  /** What it imports of what people enrolled elsewhere. */
  openImportSources?: OpenImportSources
  /** Of a factor that operators of the service desk issue. */
  openPasses?(parts: PassParts): PassOperations
  /** Its authenticators can be asked while their owner is at the telephone with the service desk. */
  openCallerCheck?(parts: CallerParts): Promise<CallerCheck>
  /** Does what takes time before the server is built. */
  prepare(environment: FactorEnvironment): Promise<OpenFactor<Kind>>
}

export type OpenFactor<Kind extends string = FactorKind> = (parts: FactorParts) => Factor<Kind>
