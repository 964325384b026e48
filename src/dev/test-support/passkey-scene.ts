/** For tests of passkeys: the factor over a real database, with a clock that is set by hand and people with passkeys. */
import { createAggregate } from '../../identity/audit/aggregate.ts'
import { loginEvents } from '../../identity/audit/login-events.ts'
import { createAddressLimit } from '../../identity/limits/address-limit.ts'
import type { JourneyData } from '../../login/engine/data.ts'
import type { Form } from '../../login/engine/prompt.ts'
import type { Answers, StepContext, StepResult } from '../../login/engine/step.ts'
import { findBrowserGroup } from '../../login/factors/budget-key.ts'
import { createPasskeyAuthenticators } from '../../login/factors/passkey/authenticators.ts'
import { createSealedChallenges } from '../../login/factors/passkey/challenge.ts'
import { createPasskeyEnrolStep } from '../../login/factors/passkey/enrol-step.ts'
import { createSignals } from '../../login/factors/passkey/signals.ts'
import { createPasskeyStore } from '../../login/factors/passkey/store.ts'
import { createPasskeyVerifyStep } from '../../login/factors/passkey/verify-step.ts'
import { createWholeLogin, type StrayPasskey } from '../../login/factors/passkey/whole-login.ts'
import { findRelyingParty } from '../../login/factors/webauthn/site.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createSoftAuthenticator } from './passkey-authenticator.ts'
import { createScene, createStepContext, createTestClock } from './scene.ts'

export const origin = 'https://login.example'

export function createPasskeyScene(db: Database, { mayEnrol = true, isLimited = false } = {}) {
  const scene = createScene(db, createTestClock())
  const { clock, audit } = scene
  const site = findRelyingParty(origin)
  if (site === undefined) throw new Error('no passkeys there')
  const store = createPasskeyStore({ ...scene, rpId: site.rpId })
  const challenges = createSealedChallenges({
    ...scene,
    key: scene.keyring.derive('passkey challenges'),
  })
  const options = {
    ...scene,
    platform: scene,
    identity: scene,
    rules: {
      mayEnrol: async () => mayEnrol,
      hasOther: async () => true,
      findBudgetKey: scene.findBudgetKey,
      removeEarlierCodes: async () => {},
      removeUnverified: async () => {},
    },
    limits: {
      passkeyAddresses: createAddressLimit({ clock, isShared: () => !isLimited }),
      strayPasskeys: createAggregate<StrayPasskey>({
        clock,
        write: (queries, facts) =>
          audit.record(queries, loginEvents.failed, { username: null, ...facts }),
        findKey: ({ address, reason }) => `${reason} ${address}`,
        withoutKey: (facts) => facts,
      }),
    },
    store,
    site,
    issuer: 'Beispiel',
    challenges,
    isKnownBrowser: () => findBrowserGroup(scene.asker.budgetKey) === 'known',
  }
  const factor = {
    challenges,
    confirm: createPasskeyVerifyStep(options),
    register: createPasskeyEnrolStep(options),
    authenticators: createPasskeyAuthenticators(options),
    signals: createSignals(options),
    wholeLogin: createWholeLogin(options),
  }

  const client = { browser: { name: 'Firefox', system: 'Linux' }, userAgent: undefined }
  const context = (userId: Id<'user'> | undefined, data: JourneyData, answers?: Answers) =>
    createStepContext(scene, userId, { data, answers, client })

  const dataAfter = (data: JourneyData, { change }: StepResult<string>): JourneyData => {
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
    if (!(await scene.write(begun))) throw new Error('a page that cannot be opened')
    const data = dataAfter(before, begun)
    const result = await step.run(context(userId, data))
    if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
    return { data, options: readOptions(result.form) }
  }

  return {
    ...scene,
    store,
    factor,
    clonedNotices: () =>
      scene.noticed.filter(({ kind }) => kind === 'passkey_cloned').map(({ facts }) => facts),
    open,
    context,
    pass: clock.pass,
    authenticator: (more: { isBackupEligible?: boolean; counts?: boolean } = {}) =>
      createSoftAuthenticator({ ...site, ...more }),

    /** Enrols a passkey. */
    async register(userId: Id<'user'>, authenticator = createSoftAuthenticator(site)) {
      const { data, options } = await open(factor.register, userId)
      const credential = authenticator.create(options)
      const result = await factor.register.run(context(userId, data, { credential }))
      if (!(await scene.write(result))) throw new Error('a passkey that was not written')
      return authenticator
    },
  }
}

export function readOptions({ prompts }: Form): string {
  const prompt = prompts.find(({ type }) => type === 'webauthn')
  if (prompt?.type !== 'webauthn') throw new Error('a page without a passkey')
  return prompt.options
}
