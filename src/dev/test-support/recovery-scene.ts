/** Recovery codes in a test: their steps, a store that hashes for nothing, and what a journey keeps of them. */
import assert from 'node:assert/strict'
import { type Acr, acrNumber } from '../../identity/policy/assurance.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import type { JourneyData } from '../../login/engine/data.ts'
import type { Answers, StepContext } from '../../login/engine/step.ts'
import { createRecoveryAuthenticators } from '../../login/factors/recovery/authenticators.ts'
import { drawCodes } from '../../login/factors/recovery/codes.ts'
import { createRecoveryEnrolStep } from '../../login/factors/recovery/enrol-step.ts'
import { createRecoveryStore } from '../../login/factors/recovery/store.ts'
import { createRecoveryVerifyStep } from '../../login/factors/recovery/verify-step.ts'
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database } from '../../platform/storage/database.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createScene, createStepContext, createTestClock } from './scene.ts'

/** Costs nothing, and keeps no code in the clear. */
export const hashed: string[] = []
const hasher: Hasher = {
  async hash(code) {
    hashed.push(code)
    return sha256(code)
  },
  waiting: () => 0,
  verify: async (hash, code) => ({ matches: hash === sha256(code) }),
}

export function createRecoveryScene(
  db: Database,
  { hasOther = false, isOn = true, atEnrolment = true } = {},
) {
  const scene = createScene(db, createTestClock())
  const { clock, random, lockout, noticed, write, addUser } = scene
  const highest: { of: Acr | undefined } = { of: acrNumber }
  /** What the journey keeps by now. */
  const state: { data: JourneyData } = { data: {} }
  const store = createRecoveryStore({ clock, random, hasher })
  const options = {
    ...scene,
    platform: scene,
    identity: scene,
    login: { ...scene, findJourneyData: async () => state.data },
    store,
    isOn,
    atEnrolment,
    place: { publicUrl: 'https://login.example', brand: 'Example' },
    mayHelp: async () => true,
    hasOther: async () => hasOther,
    rules: { findHighestLevel: async () => highest.of, mayBind: async () => true },
  }
  const factor = {
    authenticators: createRecoveryAuthenticators(options),
    confirm: createRecoveryVerifyStep(options),
    create: createRecoveryEnrolStep(options),
  }
  const context = (
    userId: Id<'user'>,
    answers?: Answers,
    data: JourneyData = {},
    asked = false,
  ): StepContext => ({
    ...createStepContext(scene, userId, { data, answers, client: { browser: undefined } }),
    request: { returnTo: '/', ...(asked && { authenticator: { kind: 'recovery' } }) },
  })
  return {
    listAudit: scene.listAudit,
    db,
    clock,
    store,
    lockout,
    noticed,
    write,
    isOn,
    highest,
    addUser,
    /** A set that is in use. */
    async addCodes(userId: Id<'user'>): Promise<string[]> {
      const codes = drawCodes(random)
      const stored = await store.prepare(codes)
      await transact(db, (tx) => store.replace(tx, userId, stored))
      return codes
    },
    confirm: (userId: Id<'user'>, answers?: Answers) =>
      factor.confirm.run(context(userId, answers)),
    /** Calls `recovery/create` once and writes its change. */
    async create(userId: Id<'user'>, data: JourneyData, answers?: Answers, asked = false) {
      state.data = data
      const result = await factor.create.run(context(userId, answers, data, asked))
      assert.equal(await write(result), true)
      const merged = Object.entries({ ...data, ...result.change?.data })
      const now = merged.filter(([, value]) => value !== undefined)
      state.data = Object.fromEntries(now) as JourneyData
      return { result, data: state.data }
    },
    /** An answer that is sent as often at the same moment; the first that is done has moved the journey. */
    async createAtOnce(userId: Id<'user'>, data: JourneyData, copies: number) {
      state.data = data
      const answers = { action: 'saved' }
      const send = async () => {
        const result = await factor.create.run(context(userId, answers, data, true))
        if (result.type === 'done') state.data = {}
        return result
      }
      return await Promise.all(Array.from({ length: copies }, send))
    },
  }
}
