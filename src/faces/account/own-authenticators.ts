/** Shared by the pages of a user's authenticators: finding the user's own, its addresses, and the notice of the last action. */
import type { ChoosePassword } from '../../identity/operations/choose-password.ts'
import type { LiveSession } from '../../identity/sessions/session.ts'
import type {
  OwnAuthenticatorOperations,
  Rule,
} from '../../login/factors/authenticator-operations.ts'
import type { AllAuthenticators } from '../../login/factors/authenticators.ts'
import type { Authenticator } from '../../login/factors/factor.ts'
import { type FactorKind, isFallback } from '../../login/factors/index.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { message } from '../../platform/ui/message.ts'
import type { RequestContext } from '../frame/context.ts'
import type { JourneyPagesOptions } from '../login/form.ts'
import { authenticatorsPath, type Device } from './pages/authenticators.ts'
import type { Notice } from './pages/parts.ts'

export interface AuthenticatorsOptions extends JourneyPagesOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'find'>
  readonly ownAuthenticators: OwnAuthenticatorOperations
  readonly choosePassword: Pick<ChoosePassword, 'findMinLengthAlone'>
  /** The kinds that can be added, in the order of the offer. */
  readonly enrolKinds: readonly FactorKind[]
  readonly rulesFor: (userId: Id<'user'>) => Promise<readonly Rule[]>
  /** JSON for the browser about the user's passkeys; `undefined`: nothing to send. */
  readonly signals: (queries: Queries, session: LiveSession) => Promise<string | undefined>
}

export const buildPath = (id: string) => `${authenticatorsPath}/${encodeURIComponent(id)}`

/** A user who has only fallbacks has no second factor. */
export const hasSecondFactor = (all: readonly Authenticator[]) =>
  all.some(({ kind }) => !isFallback(kind))

/**
 * One entry for each device: usable codes on a phone are part of it, and their use is a use of the phone. Codes that need
 * their owner's attention have an entry of their own.
 */
export function listDevices(all: readonly Authenticator[]): Device[] {
  const parts = new Set(all.flatMap((one) => findCodes(all, one)))
  return all
    .filter((one) => !parts.has(one))
    .map((one) => {
      const codes = findCodes(all, one)
      const used = [one, ...codes].map(({ lastUsedAt }) => lastUsedAt ?? 0)
      return { ...one, lastUsedAt: Math.max(...used) || null, hasCodes: codes.length > 0 }
    })
}

const findCodes = (all: readonly Authenticator[], { goesWith }: Authenticator): Authenticator[] =>
  all.filter(({ id, state }) => state === 'usable' && goesWith?.includes(id) === true)

/** Throws Fault `not_found` also for the authenticator of another user. */
export async function findOwn(
  options: AuthenticatorsOptions,
  { userId }: LiveSession,
  id: string,
): Promise<Authenticator> {
  const found = await options.authenticators.find(options.db, userId, id)
  if (found === undefined) throw new Fault('not_found', 'The person has no such authenticator')
  return found
}

const done = {
  added: message('authenticators.done.added'),
  replaced: message('authenticators.done.replaced'),
  removed: message('authenticators.done.removed'),
  renamed: message('authenticators.done.renamed'),
  codes: message('authenticators.done.codes'),
} as const
type Done = keyof typeof done

export const buildDonePath = (path: string, what: Done) => `${path}?done=${what}`

/** The notice that the address of this page names after a redirect. */
export function readNotice({ request }: RequestContext): Notice | undefined {
  const what = new URL(request.url).searchParams.get('done') ?? ''
  return Object.hasOwn(done, what) ? { tone: 'success', text: done[what as Done] } : undefined
}
