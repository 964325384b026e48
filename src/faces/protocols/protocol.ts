/**
 * The contract of a protocol: by it apps ask who a person is, and hear that a session has ended. A protocol is one
 * folder beside this file and one line in `index.ts`. Whether a person may enter an app is the gate's decision, which has
 * three answers for a browser: enter, go to the login, or a page that the account may not enter.
 *
 *   export const echo = defineProtocol({
 *     name: 'echo',
 *     prefixes: [{ path: '/echo/', about: 'says who is logged in' }],
 *     settings: z.strictObject({ startUrl: appAddressSchema.optional() }),
 *     fields: { startUrl: startUrlField },
 *     words: { adds: 'an echo app.', id: 'app_id' },
 *     addresses: { address: '/echo/' },
 *     events: echoEvents,
 *     refusals: { unknown_app: 'audited' },
 *     hasSecret: () => false,
 *     describeLogout: () => 'never',
 *     forgetApp: async () => {},
 *     create: (host) => createEcho(host),
 *   })
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { AppProtocol, AppSettings } from '../../identity/apps/app-protocol.ts'
import type { Apps } from '../../identity/apps/apps.ts'
import type { Audit } from '../../identity/audit/audit.ts'
import type { EventType } from '../../identity/audit/event.ts'
import type { AppPolicy } from '../../identity/policy/policy.ts'
import type { FindVerifiedContacts } from '../../identity/provisioning/verified-contacts.ts'
import type { Participant } from '../../identity/sessions/participants.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type { Sessions } from '../../identity/sessions/sessions.ts'
import type { User } from '../../identity/users/user.ts'
import type { BackchannelLogins } from '../../login/backchannel/backchannel.ts'
import type { Gate } from '../../login/decision/gate.ts'
import type { Config } from '../../platform/config/schema.ts'
import type { Clock } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Metric } from '../../platform/kernel/metric.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Database, Nodes, Queries } from '../../platform/storage/database.ts'
import type { PersonalTable } from '../../platform/storage/personal-table.ts'
import type { NextApp } from '../frame/ended-session.ts'
import type { ComeBack, LogoutChannel } from './logouts.ts'
import type { ProtocolPages } from './pages.ts'
import type { ProbeApp } from './probe.ts'
import type { AppRefusals, RefusalReasons } from './refusals.ts'
import type { ReleaseValues } from './release.ts'
import type { SigningKeys } from './signing-keys.ts'

/** What is known of a protocol before it runs. Reading it must not load a library: every command reads it. */
export interface Protocol<Settings extends AppSettings = AppSettings> extends AppProtocol {
  readonly settings: z.ZodType<Settings>
  hasSecret(settings: Settings): boolean
  listIdentifiers?(settings: Settings): readonly string[]
  /** The paths below which it answers. No other protocol has one of them. */
  readonly prefixes: readonly Prefix[]
  /** How each setting of an app is asked for, in the order in which they are shown. */
  readonly fields: { readonly [Name in keyof Settings]-?: SettingField | ImportedField }
  /** What the other side gives to be set up from; absent: there is nothing of the kind. */
  readonly document?: AppDocument
  readonly words: ProtocolWords
  /** What the developer of an app has to know: a name for each address, and its path below `public_url`. */
  readonly addresses: Readonly<Record<string, string>>
  /** Those that an app with these settings uses; absent: all of them. */
  listAddresses?(settings: Settings): Readonly<Record<string, string>>
  /** What it writes to the audit log, by names of its own. */
  readonly events: Readonly<Record<string, EventType>>
  /** Why it refuses requests of apps, each a word for `host.noteRefusal`. */
  readonly refusals: RefusalReasons
  /** Plays one of its apps against the running server, for `einlass app test`. Absent: there is nothing to try out. */
  readonly probe?: ProbeApp
  /** How an app with these settings hears that a session has ended, for an operator; a server asks `findLogoutChannel`. */
  describeLogout(settings: Settings): LogoutHearing
  /**
   * For an operator who adds or changes an app: what else has to be so that people get in, as sentences. Absent: nothing.
   */
  listHints?(app: HintedApp<Settings>, config: Pick<Config, 'trusted_proxies'>): readonly string[]
  /** For `einlass app show`: the settings in words, a name and a text each. Absent: as they are typed. */
  describeSettings?(settings: Settings): readonly Described[]
  /** For `einlass app show`: how it stands with what is fetched for an app, a line each. */
  describeFetched?(queries: Queries, appId: string): Promise<readonly string[]>
  /** After a restore from a backup: nothing that an app got or asked for before is of any worth. Absent: it keeps nothing. */
  voidEarlier?(queries: Queries): Promise<void>
  /** What its tables have of a person, for the export of all that is stored of one. Absent: nothing. */
  loadPersonalTables?(): Promise<readonly PersonalTable[]>
  /** Called once, at the start of a server. What is costly to load or to make has to wait for its first use. */
  create(host: ProtocolHost): RunningProtocol
}

export interface HintedApp<Settings extends AppSettings = AppSettings> {
  readonly id: string
  readonly settings: Settings
  readonly policy: Pick<AppPolicy, 'secondFactor'>
}

/** What it is, in 14 characters at most, and how it is. */
export type Described = readonly [name: string, text: string]

/**
 * `asks`: it asks us for each request. `server`: from us. `browser`: only in the browser of the user, at a logout there. `never`: it
 * has no address for it.
 */
export type LogoutHearing = 'asks' | 'server' | 'browser' | 'never'

interface Prefix {
  /** Begins and ends with a slash. */
  readonly path: string
  /** For the list of routes, in a few words. */
  readonly about: string
}

/** A protocol in a server that runs. */
export interface RunningProtocol {
  /** Numbers of this node. */
  readonly metrics?: readonly Metric[]
  /**
   * Answers a request whose path begins with one of the prefixes. The request is as it came: unread, with its whole path. What
   * it throws, also a Fault, becomes a 503 without a page and a line in the log; after the headers, a broken connection. So
   * it answers its own mistakes and those of apps with `pages`, and a Fault `unavailable` with `pages.renderUnavailable`.
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Forgets what came from these sessions. May be called more than once for the same session, in several processes at once. */
  sessionsEnded(ids: readonly string[]): Promise<void>
  /**
   * How an app hears of the end of a session that it took part in; its protocol has said so by `host.noteEntry`. Asked for
   * each attempt, so that what an administrator changes counts at once. What it throws is tried again.
   */
  findLogoutChannel(participant: Participant, comeBack: ComeBack): Promise<LogoutChannel>
  /** Deletes what has expired. Called every ten minutes. */
  purge(): Promise<void>
  /** Fetches anew what is due of what apps publish, and warns of what ends soon. Called every few minutes, never twice at once. */
  lookAfter?(): Promise<void>
  /** Stops what it has begun by itself. The database is still open. */
  close(): Promise<void>
}

/** What a protocol gets of the server that it runs in. */
export interface ProtocolHost {
  /** The origin that browsers see, without a path. */
  readonly publicUrl: string
  readonly config: Pick<
    Config,
    'brand' | 'oidc' | 'saml' | 'sessions' | 'trusted_proxies' | 'networks' | 'app_networks'
  >
  readonly base: ProtocolBase
  readonly apps: Apps
  readonly gate: Gate
  /** For logins that an app begins without a browser. */
  readonly backchannel: BackchannelLogins
  readonly sessions: ProtocolSessions
  readonly users: { find(queries: Queries, id: Id<'user'>): Promise<User | undefined> }
  readonly pages: ProtocolPages
  /**
   * A `Set-Cookie` value for the first language that there is of these tags (BCP 47), in the order of preference and with spaces
   * between them. It is for people who have not chosen a language, until the browser is closed.
   */
  askLanguage(tags: string): string | undefined
  readonly signingKeys: SigningKeys
  /** What an app gets of a person, see release.ts. */
  readonly releaseValues: ReleaseValues
  /** Which addresses and numbers of a person are verified, see identity/provisioning/verified-contacts.ts. */
  readonly findVerifiedContacts: FindVerifiedContacts
  /** Notes that a person has entered an app: call it in the transaction that lets them in. */
  noteEntry(queries: Queries, participant: Participant): Promise<void>
  /** Counts that a request of an app was refused, see refusals.ts. */
  readonly noteRefusal: AppRefusals['note']
}

export interface ProtocolBase {
  readonly db: Database
  readonly nodes: Nodes
  readonly clock: Clock
  readonly random: Random
  readonly keyring: Keyring
  readonly log: Log
  readonly audit: Audit
}

export interface ProtocolSessions extends Pick<Sessions, 'findById' | 'markActive'> {
  /** The session that a `Cookie` header names, if it is alive. */
  findByCookie(header: string | undefined): Promise<LiveSession | undefined>
  /**
   * Ends one, as an app asks for a logout, and lets all apps know; resolves when each was tried once. Gives `Set-Cookie`
   * values: with them `logoutPath` shows the browser which apps were logged out.
   * @param next the app that asked, with an address of it: `logoutPath` leads there after what only the browser can do
   */
  logOut(session: Pick<LiveSession, 'id' | 'userId'>, next?: NextApp): Promise<readonly string[]>
  /** Whether apps of a session that has ended need the browser, so that it has to go to `logoutPath` before all else. */
  waitsForBrowser(sessionId: string): Promise<boolean>
  /** Whether every app of a session that has ended a moment ago was logged out. */
  areAppsLoggedOut(sessionId: string): Promise<boolean>
  /** A `Set-Cookie` value that takes the session's cookie away. */
  readonly endedCookie: string
}

export interface ProtocolWords {
  /** What `einlass app add` says that it adds, as sentences: `an OpenID Connect app. ID becomes its client_id.` */
  readonly adds: string
  /** What an app's id is called in this protocol, for example `client_id`. */
  readonly id: string
  /** What an app's secret is called; absent: its apps have none. */
  readonly secret?: string
}

/** How one setting of an app is asked for: as an option of `einlass app`. */
export type SettingField = TextField | FlagField | SwitchField

interface TextField {
  /**
   * `texts`: the option may be repeated, and an app has a list of them. `pairs`: it may be repeated as `NAME=VALUE`, and an
   * app has the value of each name.
   */
  readonly kind: 'text' | 'texts' | 'pairs'
  /** The option without its dashes, for example `redirect-uri`. */
  readonly option: string
  /** What stands for the value in the help, for example `URI`. */
  readonly value: string
  readonly help: string
  /** The answer to a value that is not allowed. */
  readonly allowed: string
  /** There is no option that takes it back. */
  readonly isRequired?: boolean
  /** A file that has the value can be named in its place. */
  readonly mayBeFile?: boolean
  /** The column of `einlass app list` that shows it; absent: none. */
  readonly column?: string
}

/** A choice of two values, which is made when the app is added. */
interface FlagField {
  readonly kind: 'flag'
  readonly option: string
  readonly help: string
  readonly on: string
  readonly off: string
}

/** Comes from a document of the other side alone, and has no option. */
interface ImportedField {
  readonly kind: 'imported'
}

/** A document of the other side that says its settings, for example metadata. */
export interface AppDocument {
  /** The option without its dashes, for a file or an address. */
  readonly option: string
  readonly help: string
  /** The setting that names the address from which it is fetched again by itself. A file takes it away. */
  readonly addressSetting: string
  /**
   * Throws Fault `bad_request` with what is wrong, in words. Other settings keep what they are or were typed as.
   * @param settings those that are typed or were there, not checked: they may say who has to have signed it
   */
  read(text: string, settings: AppSettings): ReadDocument
}

export interface ReadDocument {
  readonly settings: AppSettings
  readonly name?: string
  /** What of it cannot be used here, as sentences for an operator. */
  readonly warnings?: readonly string[]
}

/** `true` or absent, at any time: `--OPTION` and `--no-OPTION`. */
interface SwitchField {
  readonly kind: 'switch'
  readonly option: string
  readonly help: string
}

/** The list of protocols has no type for the settings of each; this keeps it within one declaration. */
export function defineProtocol<Settings extends AppSettings>(
  protocol: Protocol<Settings>,
): Protocol {
  return protocol as Protocol
}
