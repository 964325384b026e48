/**
 * The contract of a second factor: one object per kind with everything that the rest of the house needs of it. Pages,
 * journeys, commands, limits and texts are made by loops over the list in index.ts; nothing outside of a factor's folder
 * names its kind. The password is no such factor: it stands before all of them, belongs to the directory of the user, and
 * has no authenticators to enrol, list or remove.
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
  /** The one authenticator that it stands for, where the person can choose among several; see `Enrolled.choices`. */
  readonly authenticatorId?: string
  /** That one, where it is a phone that can be asked: its name, null when it has none. */
  readonly phone?: { readonly name: string | null }
  /** It cannot be asked now; the hint says from when. */
  readonly isHeld?: boolean
}

/** What is known of a kind before anything is opened. */
export interface FactorDescription<Kind extends string = FactorKind> extends FactorCard<Kind> {
  readonly words: FactorWords
  /** The highest level that it reaches beside a password. */
  readonly highestLevel: Acr
  /** How many authenticators a person may have; absent: they have one set, which a new one replaces. */
  readonly limit?: number
  /** Something to fall back on, which alone does not make a second factor: recovery codes. */
  readonly isFallback: boolean
  /**
   * Nobody finds it by trying. So wrong proofs of other factors do not make it wait: it stays open to the owner while a thief of
   * the password guesses codes.
   */
  readonly cannotBeGuessed?: boolean
  /** How it is offered to a person who has no second factor; absent: it is not. */
  readonly offer?: FactorOffer
  /** It needs the app whose stores are configured. */
  readonly needsApp?: boolean
  /** What it writes to the audit log, with the words of a person's history. */
  readonly events: Readonly<Record<string, EventType>>
  /** Addresses that devices call, past everything that is for browsers. `summary` is for the list of routes. */
  readonly deviceAddresses?: { readonly paths: readonly string[]; readonly summary: string }
  /** Addresses at which devices hold a stream of events that say *look again*. */
  readonly deviceStreams?: { readonly paths: readonly string[]; readonly summary: string }
  /** What the browser needs, by the names that pages use for it. Each function is sent as it stands. */
  readonly scripts?: Readonly<Record<string, () => void>>
}

export interface FactorWords {
  /** What one of its authenticators is, and its name as long as it has none. */
  readonly name: Message
  /** The app on the phone that it needs, by its own name: which one to choose where there are several for phones. */
  readonly app?: Message
  /** The first page of an enrolment. `first`: for a person who has none of the kind. Absent: nobody enrols it. */
  readonly begin?: { readonly title: Message; readonly lead: Message; readonly first?: Message }
  /** Where a person has as many as there may be. */
  readonly full?: Message
  /** In the list of what can be added; absent: it is not in that list. */
  readonly add?: Message
  /** The advice for a session with a lower level; absent: no advice. */
  readonly stronger?: Message
  /** Of a factor whose thing can be missing. */
  readonly trouble?: TroubleWords
  /** The button that asks for it, where that sends a message or shows something. */
  readonly ask?: Message
  /** What happens at the next login, one sentence, for the page after its enrolment. */
  readonly nextLogin?: Message
  /** Of a fallback: that it is there, for the page after it was made. */
  readonly made?: Message
  /** The question what happened to it, where a fallback took its place; absent: it is not asked about. */
  readonly missing?: Message
  /** Of what only stands in for others, as it has a place of its own on the account's pages. */
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

/** `superseded`: something that has to be asked first was enrolled meanwhile. */
export type EnrolExit = 'enrolled' | 'back' | 'superseded'
/**
 * `enrol`: what was enrolled cannot be asked any more, and another one may take its place. `trouble`: the person does not
 * have at hand what it needs.
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
  /**
   * Those of a person's `choices` that may be asked in this journey, by its rule and the level that it needs. Absent: all
   * of them.
   */
  listAskable?(
    context: StepContext,
    choices: readonly AuthenticatorChoice[],
  ): Promise<readonly AuthenticatorChoice[]>
  /** What it takes back when a person chooses another factor, or cancels on a page outside `verify`: what it has sent. */
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
  /** Of a fallback: takes back what was made before the first second factor, and audits it. */
  removeEarlier?(queries: Queries, userId: Id<'user'>): Promise<void>
  /** Removes all that was begun and never verified, but `except`, and what it could still come by; with audit events. */
  removeUnverified?(tx: Transaction, userId: Id<'user'>, except: string | undefined): Promise<void>
  /** The login that one of its messages was about, for a page that reports it. */
  findReported?(queries: Queries, id: string): Promise<ReportedLogin | undefined>
  /** JSON for the script `signals` on the list of authenticators. */
  readonly signals?: (queries: Queries, session: LiveSession) => Promise<string | undefined>
  /** Answers what devices send to the `deviceAddresses`. */
  answerDevice?(request: PageRequest): Promise<Reply>
  /** Its authenticators can be asked by an app, while no browser waits. */
  readonly appRequests?: AppRequests
  /** Who asks at one of the `deviceStreams`, and what they may listen to. */
  openDeviceStream?(request: PageRequest): Promise<DeviceStream>
  readonly metrics?: readonly Metric[]
  /** At the start of the process. */
  start?(): Promise<void>
  /** Deletes rows that are of no use any more. */
  purge?(queries: Queries): Promise<void>
  /** Writes down what was only counted so far; with `all` also the latest. */
  flush?(queries: Queries, which?: { readonly all: boolean }): Promise<void>
  /** Finishes what is under way. */
  close?(): Promise<void>
}

/** A limit that ends by waiting. */
export interface Hold {
  /** From when, for a card; absent where the wait is too short for words. */
  readonly hint: Message | undefined
  /** What a person reads who chooses it all the same. Writes down that nothing was asked. Absent: its page has more to show. */
  refuse?(): Promise<FormError>
}

/** What choosing among factors needs of one. */
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

/** What a person has of one kind. */
export interface Enrolled {
  /** Milliseconds since the epoch; null when it was not used yet. */
  readonly lastUsedAt: number | null
  /** The id of the authenticator that was used last. */
  readonly lastUsedId?: string
  /** Others, by their ids, that are on the devices of this factor: the use of one of them is a use of the device. */
  readonly goesWith?: readonly string[]
  /** In the place of the factor's own, where what the person has says more. */
  readonly hint?: Message
  /** What it reaches beside a password, where that is less than the `highestLevel` of its factor. */
  readonly level?: Acr
  /** It is there, but nothing can be asked of it at the moment. */
  readonly isUnreachable?: boolean
  /** It can never be asked again, as a passkey of another host. It still is one that the person has. */
  readonly isLost?: boolean
  /**
   * Where it matters which authenticator is asked: those that can be asked now, the one that is asked by itself first;
   * the factor's `listAskable` says which of them a journey may ask. The steps of `verify` find the chosen one in `chosenAuthenticatorEntry`.
   */
  readonly choices?: readonly AuthenticatorChoice[]
  /** What the person has to read once. */
  readonly notice?: EnrolledNotice
}

export interface AuthenticatorChoice extends Pick<FactorCard, 'label' | 'phone'> {
  readonly id: string
  /** Absent: that of its factor. */
  readonly hint?: Message
  /** What it reaches beside a password, where that is less than the `highestLevel` of its factor. */
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
  /** As its owner or itself calls it; `null`: it has none. */
  readonly name: string | null
  /** Since when it can be used. What was begun earlier and verified later was added when it was verified. */
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
  /** Others, by their ids, that are on the same device and lost with it: they are removed together. They may be gone. */
  readonly goesWith?: readonly string[]
  /** Its owner can test it, see `trial`. */
  readonly canBeTested?: boolean
  /** More rows for its page. */
  readonly facts?: readonly { readonly label: Message; readonly value: Message }[]
}

/** What a person can do with their authenticators of one kind. */
export interface Authenticators {
  readonly kind: FactorKind
  /** What the person is notified with when one was removed. */
  readonly removalNotice: Notice
  /** Those that can be used. */
  list(queries: Queries, userId: Id<'user'>): Promise<Authenticator[]>
  /** `false`: the person has no such authenticator. */
  rename(queries: Queries, userId: Id<'user'>, id: string, name: string): Promise<boolean>
  /**
   * With its audit event. `undefined`: the person has none such.
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

/** `open`: the topic that wakes the device, and what its origin needs as headers. */
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
  /** `undefined`: what was sent is not for it. */
  check(
    context: StepContext,
  ): Promise<
    | { readonly type: 'passed'; readonly change: Change }
    | { readonly type: 'failed'; readonly formError: FormError }
    | undefined
  >
  /** Whether this proof of it is enough without a password. */
  isEnough(proof: Pick<NewProof, 'amr'>): boolean
}

export interface ReportedLogin {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly about: About | undefined
}

/** A kind of factor as it stands in the list. */
export interface FactorDefinition<Kind extends string = FactorKind>
  extends FactorDescription<Kind> {
  /** Whether an installation with this configuration has what it needs. */
  isAvailable(config: Config): boolean
  /** What is missing, as the end of a sentence in English. Absent: it is always available. */
  explainMissing?(config: Config): string
  /** What an installation can do without, but rarely means to: sentences in English. */
  listGaps?(config: Config): string[]
  /** Mistakes in its part of the configuration that take more than the schema to find. */
  findMistakes?(settings: FactorSettings, readFile: (path: string) => string): readonly Mistake[]
  /**
   * Limits of its own that end by waiting, for example of messages: none of a person's logins so far is counted any more.
   * Returns how many messages were counted. Lockout and throttle are lifted without it.
   */
  liftLimits?(
    tx: Transaction,
    of: { readonly userId: Id<'user'>; readonly now: number },
  ): Promise<number>
  /**
   * After a restore from a backup nobody knows what was spent since. Ends what can be used once and what waits for an answer, all
   * of it; authenticators stay. Absent: it keeps nothing of the kind.
   */
  voidEarlier?(tx: Transaction, epoch: EpochParts): Promise<void>
  /** What its tables have of a person, for the export of all that is stored of one. Absent: nothing. */
  loadPersonalTables?(): Promise<readonly PersonalTable[]>
  /** For commands, without anything that could ask a person. */
  openAuthenticators(parts: StoreParts): Authenticators
  /** What it takes over of what people enrolled elsewhere. */
  openImportSources?: OpenImportSources
  /** Of a factor that operators of the service desk issue. */
  openPasses?(parts: PassParts): PassOperations
  /** Its authenticators can be asked while their owner is at the telephone with the service desk. */
  openCallerCheck?(parts: CallerParts): Promise<CallerCheck>
  /** What takes time is done before the server is built. */
  prepare(environment: FactorEnvironment): Promise<OpenFactor<Kind>>
}

export type OpenFactor<Kind extends string = FactorKind> = (parts: FactorParts) => Factor<Kind>
