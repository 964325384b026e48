/** For tests of passkeys: the factor over a real database, with a clock that is set by hand and people with passkeys. */
import { createAudit } from '../../identity/audit/audit.ts'
import { createFold } from '../../identity/audit/fold.ts'
import { createAddressLimit } from '../../identity/limits/address-limit.ts'
import { createThrottle } from '../../identity/limits/throttle.ts'
import type { NoticeFacts, Notices } from '../../identity/notify/mail/notices.ts'
import { silentNotices } from '../../identity/notify/mail/notices.ts'
import { createLocalUsers } from '../../identity/users/local.ts'
import type { Ask } from '../../login/engine/prompt.ts'
import type { Answers, Kept, StepResult, Visit } from '../../login/engine/step.ts'
import { createAttempts } from '../../login/factors/attempts.ts'
import { createPasskeyAuthenticators } from '../../login/factors/passkey/authenticators.ts'
import { createSealedChallenges } from '../../login/factors/passkey/challenge.ts'
import { createPasskeyConfirmStep } from '../../login/factors/passkey/confirm-step.ts'
import { createPasskeyRegisterStep } from '../../login/factors/passkey/register-step.ts'
import { createSignals } from '../../login/factors/passkey/signals.ts'
import { passkeySiteOf } from '../../login/factors/passkey/site.ts'
import { createPasskeyStore } from '../../login/factors/passkey/store.ts'
import { createWholeLogin, type StrayPasskey } from '../../login/factors/passkey/whole-login.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createSoftAuthenticator } from './passkey-authenticator.ts'

const key = { id: 'test', key: new Uint8Array(32).fill(7) }
export const origin = 'https://login.example'

export function createPasskeyScene(db: Database, { mayRegister = true, isLimited = false } = {}) {
  let now = 1_800_000_000_000
  const clock = { now: () => now }
  const random = systemRandom
  const told: NoticeFacts[] = []
  const notices: Notices = {
    ...silentNotices,
    passkeyCloned: async (_, facts) => void told.push(facts),
  }
  const keyring = createKeyring({ keys: [key], random })
  const base = { db, clock, random, keyring, notices, audit: createAudit({ clock }) }
  const throttle = createThrottle(base)
  const users = createLocalUsers(base)
  const site = passkeySiteOf(origin)
  if (site === undefined) throw new Error('no passkeys there')
  const store = createPasskeyStore({ ...base, rpId: site.rpId })
  const challenges = createSealedChallenges({
    ...base,
    key: keyring.derive('passkey challenges'),
  })
  const options = {
    ...base,
    users,
    throttle,
    passkeyAddresses: createAddressLimit({ clock, isShared: () => !isLimited }),
    strayPasskeys: createFold<StrayPasskey>({
      clock,
      write: (queries, facts) => base.audit.loginFailed(queries, { username: null, ...facts }),
      keyOf: ({ address, reason }) => `${reason} ${address}`,
      withoutKey: (facts) => facts,
    }),
    attempts: createAttempts({ ...base, throttle }),
    store,
    site,
    issuer: 'Beispiel',
    challenges,
    hasOther: async () => true,
    mayRegister: async () => mayRegister,
    dropEarlierCodes: async () => false,
  }
  const factor = {
    challenges,
    confirm: createPasskeyConfirmStep(options),
    register: createPasskeyRegisterStep(options),
    authenticators: createPasskeyAuthenticators(options),
    signals: createSignals(options),
    wholeLogin: createWholeLogin(options),
  }

  function visit(userId: Id<'user'> | undefined, kept: Kept, answers?: Answers): Visit {
    return {
      kind: 'login',
      now,
      journeyHash: 'journey',
      request: { returnTo: '/' },
      userId,
      kept,
      answers,
      client: {
        address: '192.0.2.7',
        place: undefined,
        browser: { name: 'Firefox', system: 'Linux' },
        userAgent: undefined,
        language: 'en',
        session: undefined,
      },
      startOver: () => '/login',
    }
  }

  /** `false`: somebody was faster, and nothing was written. */
  async function write({ change }: Pick<StepResult<string>, 'change'>): Promise<boolean> {
    return await db.transaction().execute(async (tx) => (await change?.write?.(tx)) ?? true)
  }

  const keptAfter = (kept: Kept, { change }: StepResult<string>): Kept => {
    const entries = Object.entries({ ...kept, ...change?.kept })
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Kept
  }

  /** Opens the page of a step: what the journey keeps then, and what the browser is asked for. */
  async function open(
    step: { run(visit: Visit): Promise<StepResult<string>> },
    userId: Id<'user'>,
    before: Kept = {},
  ) {
    const begun = await step.run(visit(userId, before))
    if (!(await write(begun))) throw new Error('a page that cannot be opened')
    const kept = keptAfter(before, begun)
    const result = await step.run(visit(userId, kept))
    if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
    return { kept, options: optionsIn(result.ask) }
  }

  return {
    ...base,
    users,
    throttle,
    store,
    factor,
    told,
    open,
    visit,
    write,
    pass(ms: number): void {
      now += ms
    },
    authenticator: (more: { isBackupEligible?: boolean; counts?: boolean } = {}) =>
      createSoftAuthenticator({ ...site, ...more }),

    async addUser(username = 'erika'): Promise<Id<'user'>> {
      return (await users.create(db, { username, displayName: username })).id
    },

    /** Sets a passkey up. */
    async register(userId: Id<'user'>, authenticator = createSoftAuthenticator(site)) {
      const { kept, options } = await open(factor.register, userId)
      const credential = authenticator.create(options)
      const result = await factor.register.run(visit(userId, kept, { credential }))
      if (!(await write(result))) throw new Error('a passkey that was not written')
      return authenticator
    },

    async auditTypes(): Promise<string[]> {
      const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
      return rows.map(({ type }) => type)
    },
  }
}

export function optionsIn({ prompts }: Ask): string {
  const prompt = prompts.find(({ type }) => type === 'passkey')
  if (prompt?.type !== 'passkey') throw new Error('a page without a passkey')
  return prompt.options
}
