/**
 * The contract of a protocol: with it, apps ask who a person is and are notified when a session ends. A protocol is one folder
 * beside this file and one line in `index.ts`. The gate decides whether a person may enter an app. For a browser, it has three
 * answers: enter, go to the login, or a page that says that the account may not enter.
 *
 *   export const echo = defineProtocol({
 *     name: 'echo',
 *     prefixes: [{ path: '/echo/', about: 'says who is logged in' }],
 *     settings: z.strictObject({ startUrl: appAddressSchema.optional() }),
 *     fields: { startUrl: startUrlField },
 *     words: { heading: 'Echo', adds: 'an echo app', id: 'app_id' },
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
import type { RowBinding } from '../../platform/storage/bound-rows.ts'
import type { Database, Nodes, Queries } from '../../platform/storage/database.ts'
import type { PersonalTable } from '../../platform/storage/personal-table.ts'
import type { NextApp } from '../frame/ended-session.ts'
import type { LogoutCarrier, LogoutChannel } from './logouts.ts'
import type { ProtocolPages } from './pages.ts'
import type { ProbeApp } from './probe.ts'
import type { AppRefusals, RefusalReasons } from './refusals.ts'
import type { ReleaseValues } from './release.ts'
import type { SigningKeys } from './signing-keys.ts'

/** The declaration of a protocol, before it runs. It must not load a library, because every command reads it. */
export interface Protocol<Settings extends AppSettings = AppSettings> extends AppProtocol {
  readonly settings: z.ZodType<Settings>
  hasSecret(settings: Settings): boolean
  listIdentifiers?(settings: Settings): readonly string[]
  /** The paths below which it answers. No two protocols share one. */
  readonly prefixes: readonly Prefix[]
  /** The field that asks for each setting of an app, in the order in which settings are shown. */
  readonly fields: { readonly [Name in keyof Settings]-?: SettingField | ImportedField }
  /** A document of the other side that contains settings; absent: the protocol has no such document. */
  readonly document?: AppDocument
  readonly words: ProtocolWords
  /** What the developer of an app has to know: a name for each address, and its path below `public_url`. */
  readonly addresses: Readonly<Record<string, string>>
  /** The addresses that an app with these settings uses; absent: all of them. */
  listAddresses?(settings: Settings, appId: string): Readonly<Record<string, string>>
  /** The events that it writes to the audit log, by names of its own. */
  readonly events: Readonly<Record<string, EventType>>
  /** The reasons why it refuses requests of apps, each a word for `host.noteRefusal`. */
  readonly refusals: RefusalReasons
  /**
   * For an operator: what mends a refusal with this reason, in a sentence or two with the command. Absent, and `undefined`: the
   * reason says it already.
   */
  adviseRefusal?(
    reason: string,
    app: Pick<HintedApp<Settings>, 'id' | 'settings'>,
  ): string | undefined
  /** Plays one of its apps against the running server, for `einlass app test`. Absent: there is nothing to test. */
  readonly probe?: ProbeApp
  /** How an app with these settings is notified that a session has ended, for an operator. A server asks `findLogoutChannel`. */
  describeLogout(settings: Settings): LogoutHearing
  /**
   * For an operator who adds or changes an app: what else must be set up so that people can enter, as sentences. Absent:
   * nothing.
   */
  listHints?(app: HintedApp<Settings>, config: HintConfig): readonly string[]
  /**
   * Which settings another setting puts back when they are taken away: the name of each, and the option that does it. Absent:
   * none.
   */
  listHeld?(settings: Settings): Readonly<Record<string, string>>
  /** For `einlass app show`: the settings in words, each with a name and a text. Absent: as the operator typed them. */
  describeSettings?(settings: Settings): readonly Described[]
  /** For `einlass app show`: the state of what is fetched for an app, one line each. */
  describeFetched?(queries: Queries, appId: string): Promise<readonly string[]>
  /** After a restore from a backup: invalidates everything that an app got or asked for before. Absent: it stores nothing. */
  voidEarlier?(queries: Queries): Promise<void>
  /** The data of a person in its tables, for the export of all that is stored about a person. Absent: nothing. */
  loadPersonalTables?(): Promise<readonly PersonalTable[]>
  /** Called once, when a server starts. Anything that is costly to load or make must wait for its first use. */
  create(host: ProtocolHost): RunningProtocol
}

export type HintConfig = Pick<Config, 'trusted_proxies' | 'oidc'>

export interface HintedApp<Settings extends AppSettings = AppSettings> {
  readonly id: string
  readonly settings: Settings
  readonly policy: Pick<AppPolicy, 'secondFactor'>
}

/** The name has 14 characters at most. */
export type Described = readonly [name: string, text: string]

/**
 * `asks`: the app asks us at each request. `server`: we notify it from the server. `browser`: only in the user's browser, when
 * the user logs out there. `never`: it has no address for logouts.
 */
export type LogoutHearing = 'asks' | 'server' | 'browser' | 'never'

interface Prefix {
  /** Begins and ends with a slash. */
  readonly path: string
  /** For the list of routes, in a few words. */
  readonly about: string
}

/** A protocol in a running server. */
export interface RunningProtocol {
  /** Metrics of this node. */
  readonly metrics?: readonly Metric[]
  /**
   * Answers a request whose path begins with one of the prefixes. The request is untouched: its body is unread, its path whole.
   * Anything that `handle` throws, even a Fault, becomes a 503 without a page and a line in the log, or a broken connection if
   * the headers were sent. So it uses `pages` to answer its own errors and those of apps, and `pages.renderUnavailable` for a
   * Fault `unavailable`.
   */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Deletes what came from these sessions. May be called more than once for one session, by several processes at once. */
  sessionsEnded(ids: readonly string[]): Promise<void>
  /**
   * Finds the channel that notifies an app of the end of a session. The app took part in this session, as its protocol reported
   * with `host.noteEntry`. Called for each attempt, so that changes by an administrator apply at once. If it throws, the
   * attempt is repeated later.
   */
  findLogoutChannel(participant: Participant, carrier: LogoutCarrier): Promise<LogoutChannel>
  /** Deletes expired data. Called every ten minutes. */
  purge(): Promise<void>
  /**
   * Fetches what apps publish when it is due, and warns before something expires. Called every few minutes, never concurrently.
   */
  lookAfter?(): Promise<void>
  /** Stops everything that it started by itself. The database is still open. */
  close(): Promise<void>
}

/** What the server provides to a protocol. */
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
   * A `Set-Cookie` value for the first of these language tags (BCP 47) that is available. The tags are in the order of
   * preference, separated by spaces. It applies to people who have not chosen a language, until the browser is closed.
   */
  askLanguage(tags: string): string | undefined
  readonly signingKeys: SigningKeys
  /** Which data of a person an app gets, see release.ts. */
  readonly releaseValues: ReleaseValues
  /** Which addresses and numbers of a person are verified, see identity/provisioning/verified-contacts.ts. */
  readonly findVerifiedContacts: FindVerifiedContacts
  /** Records that a person has entered an app. Call it in the transaction that lets them in. */
  noteEntry(queries: Queries, participant: Participant): Promise<void>
  /** Records that a request of an app was refused, see refusals.ts. */
  readonly noteRefusal: AppRefusals['note']
}

export interface ProtocolBase {
  readonly db: Database
  readonly rows: RowBinding
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
   * Ends a session because an app asks for a logout, and notifies all apps; resolves after one attempt for each. Returns
   * `Set-Cookie` values, with which `logoutPath` shows the browser which apps were logged out.
   * @param next the app that asked, with an address of it: `logoutPath` leads there after the steps that only the browser can
   * do
   */
  logOut(session: Pick<LiveSession, 'id' | 'userId'>, next?: NextApp): Promise<readonly string[]>
  /** Whether apps of an ended session need the browser, so that it has to go to `logoutPath` before anything else. */
  waitsForBrowser(sessionId: string): Promise<boolean>
  /** Whether every app of a session that has just ended was logged out. */
  areAppsLoggedOut(sessionId: string): Promise<boolean>
  /** Notes what an app answered to a message that the browser took there. The caller has checked that the app wrote the answer. */
  noteLogoutAnswer(id: string, isLoggedOut: boolean): Promise<void>
  /** A `Set-Cookie` value that removes the session's cookie. */
  readonly endedCookie: string
}

export interface ProtocolWords {
  /** Its name, above its settings in the help of `einlass app add`. */
  readonly heading: string
  /** What `einlass app add` adds, as a part of a sentence: `an OpenID Connect app (ID becomes its client_id)`. */
  readonly adds: string
  /** The name of an app's id in this protocol, for example `client_id`. */
  readonly id: string
  /** The name of an app's secret; absent: its apps have none. */
  readonly secret?: string
}

/** How one setting of an app is asked for: as an option of `einlass app`. */
export type SettingField = TextField | FlagField | SwitchField

interface TextField {
  /**
   * `texts`: the option may be repeated; the setting is a list. `pairs`: the option may be repeated as `NAME=VALUE`; the
   * setting has a value for each name.
   */
  readonly kind: 'text' | 'texts' | 'pairs'
  /** The option without its dashes, for example `redirect-uri`. */
  readonly option: string
  /** The placeholder of the value in the help, for example `URI`. */
  readonly value: string
  readonly help: string
  /** The message for a value that is not allowed. */
  readonly allowed: string
  /** No option removes it. */
  readonly isRequired?: boolean
  /** The option may name a file that contains the value. */
  readonly mayBeFile?: boolean
  /** The column of `einlass app list` that shows it; absent: none. */
  readonly column?: string
}

/** A choice between two values, made when the app is added. */
interface FlagField {
  readonly kind: 'flag'
  readonly option: string
  readonly help: string
  readonly on: string
  readonly off: string
}

/** Comes only from a document of the other side and has no option. */
interface ImportedField {
  readonly kind: 'imported'
}

/** A document of the other side that contains its settings, for example metadata. */
export interface AppDocument {
  /** The option without its dashes, for a file or an address. */
  readonly option: string
  readonly help: string
  /** The setting with the address from which the document is fetched again automatically. Reading from a file removes it. */
  readonly addressSetting: string
  /**
   * Throws Fault `bad_request` that says in words what is wrong. Settings that the document does not contain stay unchanged.
   * @param settings the typed or existing settings, not checked: they may say whose signature the document needs
   */
  read(text: string, settings: AppSettings): ReadDocument
}

export interface ReadDocument {
  readonly settings: AppSettings
  readonly name?: string
  /** The parts of the document that cannot be used here, as sentences for an operator. */
  readonly warnings?: readonly string[]
}

/** `true` or absent; may be changed at any time: `--OPTION` and `--no-OPTION`. */
interface SwitchField {
  readonly kind: 'switch'
  readonly option: string
  readonly help: string
}

/** The list of protocols has no type for the settings of each protocol; this function limits that to one declaration. */
export function defineProtocol<Settings extends AppSettings>(
  protocol: Protocol<Settings>,
): Protocol {
  return protocol as Protocol
}
