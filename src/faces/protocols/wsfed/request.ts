/**
 * The request of an app in the query of a browser (WS-Federation 1.2 section 13.2). One function for each rule. Unknown
 * parameters are ignored, because Exchange and others add their own.
 */
import { matchAddress, matchRealm } from '../../../identity/apps/match-address.ts'
import { acrPossession } from '../../../identity/policy/assurance.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import type { WsfedRefusalReason } from './refusals.ts'
import type { WsfedAppSettings } from './settings.ts'

/** Bytes of `wctx`, in which Outlook on the web sends the requested address. */
const maxContext = 2048

/** Reads each parameter; `undefined` for a query that repeats one. */
export function readQuery(url: URL): ReadonlyMap<string, string> | undefined {
  const query = new Map<string, string>()
  for (const [name, value] of url.searchParams) {
    if (query.has(name)) return undefined
    query.set(name, value)
  }
  return query
}

export interface SignInWishes {
  /** Where the token goes. */
  readonly reply: string
  readonly context?: string
  /** The login must have happened at or after this time (ms). */
  readonly since?: number
  readonly acrValues?: readonly string[]
}

export type CheckedSignIn =
  | { readonly type: 'wishes'; readonly wishes: SignInWishes }
  | { readonly type: 'refused'; readonly reason: WsfedRefusalReason }

export function checkSignIn(
  query: ReadonlyMap<string, string>,
  settings: WsfedAppSettings,
  now: number,
): CheckedSignIn {
  const realm = query.get('wtrealm') ?? ''
  const asked = query.get('wreply')
  const addresses = [...settings.realms, ...settings.replyUrls]
  const reply =
    asked === undefined ? matchRealm(settings.realms, realm) : matchAddress(addresses, asked)
  if (reply === undefined) return { type: 'refused', reason: 'unknown_reply_url' }
  const context = query.get('wctx')
  if (Buffer.byteLength(context ?? '') > maxContext) {
    return { type: 'refused', reason: 'context_too_long' }
  }
  const since = readFreshness(query.get('wfresh'), now)
  return {
    type: 'wishes',
    wishes: {
      reply,
      ...(context !== undefined && { context }),
      ...(since !== undefined && { since }),
      ...(wantsSecondFactor(query.get('wauth')) && { acrValues: [acrPossession] }),
    },
  }
}

/** `wfresh`: the maximum age of the login in minutes; 0 requires a new one. */
function readFreshness(fresh: string | undefined, now: number): number | undefined {
  if (fresh === undefined || !/^\d{1,6}$/.test(fresh)) return undefined
  return now - minutes(Number(fresh))
}

/** The only method beyond a password that apps request from AD FS. */
function wantsSecondFactor(methods: string | undefined): boolean {
  const wanted = 'http://schemas.microsoft.com/claims/multipleauthn'
  return methods?.split(' ').includes(wanted) === true
}
