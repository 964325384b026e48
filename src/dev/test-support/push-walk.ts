/** For tests of the push factor: a journey that stays at one step, and what its pages show. */

import { type JourneyData, mergeData } from '../../login/engine/data.ts'
import type { Prompt } from '../../login/engine/prompt.ts'
import type { StepContext, StepResult, WaitStatus } from '../../login/engine/step.ts'
import { challengeEntry, deviceEntry } from '../../login/factors/push/data.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createPhone, type PushScene } from './push-scene.ts'
import { createStepContext } from './scene.ts'

type Step = {
  run(context: StepContext): Promise<StepResult<string>>
  status?(context: StepContext, shown?: string): Promise<WaitStatus>
}

/** A journey that stays at one step: writes what the step wants written, as the engine would. */
export function createWalk(
  scene: PushScene,
  step: Step,
  userId: Id<'user'>,
  begin: JourneyData = {},
) {
  const walk = {
    data: begin,
    journeyHash: 'journey',
    /** What the last page said, as it asks for the status. */
    shown: undefined as string | undefined,
    /** Calls the step once. Gives the result, and whether its writes went through. */
    async visit(action?: string, { settle = true } = {}) {
      const answers = action === undefined ? undefined : { action }
      const context = createStepContext(scene, userId, { ...walk, answers })
      const result = await step.run(context)
      const { change } = result
      walk.shown = findShown(result)
      const written = await transact(scene.db, async (tx) => (await change?.write?.(tx)) ?? true)
      if (written) {
        walk.data = mergeData(walk.data, change?.data ?? {})
        change?.afterCommit?.()
        if (settle) await scene.delivery.settle()
      }
      return { ...result, written }
    },
    challenge: () => scene.challengeNow(`${challengeEntry.read(walk.data)}`),
    /** What a waiting page gets: whether it is final, and the message. */
    async status() {
      const context = createStepContext(scene, userId, walk)
      const found = await step.status?.(context, walk.shown)
      return [found?.final, found?.status.key]
    },
  }
  return walk
}

const findShown = (result: StepResult<string>): string | undefined =>
  result.type === 'ask'
    ? result.form.prompts.find((prompt) => prompt.type === 'wait')?.shown
    : undefined

export type Visited = Awaited<ReturnType<ReturnType<typeof createWalk>['visit']>>

export function listPrompts(result: Visited): readonly Prompt[] {
  if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
  return result.form.prompts
}

export function listChoices(result: Visited): string[] {
  return listPrompts(result).flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
}

export function listNotices(result: Visited): string[] {
  return listPrompts(result).flatMap((prompt) =>
    prompt.type === 'notice' ? [prompt.text.key] : [],
  )
}

export async function beginLogin(scene: PushScene, username = 'erika', phone = createPhone()) {
  const device = await scene.addDevice(await scene.addUser(username), { phone })
  return { device, walk: createWalk(scene, scene.confirm, device.userId) }
}

export async function beginTest(scene: PushScene, phone = createPhone()) {
  const device = await scene.addDevice(await scene.addUser(), { phone, pending: true })
  const walk = createWalk(scene, scene.test, device.userId, deviceEntry.write(device.id))
  return { device, walk }
}
