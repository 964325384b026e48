/** For tests of passkeys: the factor over a real database, with a clock that is set by hand and people with passkeys. */
import { createAggregate } from '../../identity/audit/aggregate.ts'
import { createAudit } from '../../identity/audit/audit.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import { createAddressLimit } from '../../identity/limits/address-limit.ts'
import { createThrottle } from '../../identity/limits/throttle.ts'
import { createUsers } from '../../identity/users/users.ts'
import type { Form } from '../../login/engine/prompt.ts'
import type { Answers, JourneyData, StepContext, StepResult } from '../../login/engine/step.ts'
import { createAttempts } from '../../login/factors/attempts.ts'
import { createPasskeyFactor } from '../../login/factors/passkey/passkey.ts'
import { passkeySiteOf } from '../../login/factors/passkey/site.ts'
import { createPasskeyStore } from '../../login/factors/passkey/store.ts'
import type { StrayPasskey } from '../../login/factors/passkey/whole-login.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { createKeyring } from '../../platform/kernel/keyring.ts'
import { systemRandom } from '../../platform/kernel/random.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createNotebook } from './notices.ts'
import { createSoftAuthenticator } from './passkey-authenticator.ts'

const key = { id: 'test', key: new Uint8Array(32).fill(7) }
export const origin = 'https://login.example'

export function createPasskeyScene(db: Database, { mayRegister = true, isLimited = false } = {}) {
  let now = 1_800_000_000_000
  const clock = { now: () => now }
  const random = systemRandom
  const { notify, noticed } = createNotebook()
  const keyring = createKeyring({ keys: [key], random })
  const base = { db, clock, random, keyring, notify, audit: createAudit({ clock }) }
  const throttle = createThrottle(base)
  const users = createUsers(base)
  const site = passkeySiteOf(origin)
  if (site === undefined) throw new Error('no passkeys there')
  const store = createPasskeyStore({ ...base, rpId: site.rpId })
  const factor = createPasskeyFactor({
    ...base,
    users,
    throttle,
    passkeyAddresses: createAddressLimit({ clock, isShared: () => !isLimited }),
    strayPasskeys: createAggregate<StrayPasskey>({
      clock,
      write: (queries, facts) =>
        base.audit.record(queries, loginEvents.failed, { username: null, ...facts }),
      findKey: ({ address, reason }) => `${reason} ${address}`,
      withoutKey: (facts) => facts,
    }),
    attempts: createAttempts({ ...base, throttle }),
    store,
    site,
    issuer: 'Beispiel',
    hasOther: async () => true,
    hasRoomBeside: async () => true,
    mayRegister: async () => mayRegister,
    dropEarlierCodes: async () => {},
  })

  function context(
    userId: Id<'user'> | undefined,
    data: JourneyData,
    answers?: Answers,
  ): StepContext {
    return {
      kind: 'login',
      now,
      journeyHash: 'journey',
      request: { returnTo: '/' },
      userId,
      data,
      answers,
      client: {
        address: '192.0.2.7',
        place: undefined,
        browser: { name: 'Firefox', system: 'Linux' },
        userAgent: undefined,
        language: 'en',
        session: undefined,
      },
      createRestartPath: () => '/login',
    }
  }

  /** `false`: the version was stale, and nothing was written. */
  async function write({ change }: Pick<StepResult<string>, 'change'>): Promise<boolean> {
    return await transact(db, async (tx) => (await change?.write?.(tx)) ?? true)
  }

  const keptAfter = (data: JourneyData, { change }: StepResult<string>): JourneyData => {
    const entries = Object.entries({ ...data, ...change?.data })
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as JourneyData
  }

  /** Opens the page of a step: what the journey keeps then, and what the browser is asked for. */
  async function open(
    step: { run(context: StepContext): Promise<StepResult<string>> },
    userId: Id<'user'>,
    before: JourneyData = {},
  ) {
    const begun = await step.run(context(userId, before))
    if (!(await write(begun))) throw new Error('a page that cannot be opened')
    const data = keptAfter(before, begun)
    const result = await step.run(context(userId, data))
    if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
    return { data, options: optionsIn(result.form) }
  }

  return {
    ...base,
    users,
    throttle,
    store,
    factor,
    clonedNotices: () =>
      noticed.filter(({ kind }) => kind === 'passkey_cloned').map(({ facts }) => facts),
    open,
    context,
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
      const { data, options } = await open(factor.register, userId)
      const credential = authenticator.create(options)
      const result = await factor.register.run(context(userId, data, { credential }))
      if (!(await write(result))) throw new Error('a passkey that was not written')
      return authenticator
    },

    async auditTypes(): Promise<string[]> {
      const rows = await db.selectFrom('audit_events').select('type').orderBy('seq').execute()
      return rows.map(({ type }) => type)
    },
  }
}

export function optionsIn({ prompts }: Form): string {
  const prompt = prompts.find(({ type }) => type === 'passkey')
  if (prompt?.type !== 'passkey') throw new Error('a page without a passkey')
  return prompt.options
}
