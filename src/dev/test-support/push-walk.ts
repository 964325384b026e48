/** For tests of the push factor: a journey that stays at one step, and what its pages show. */

import type { Prompt } from '../../login/engine/prompt.ts'
import type { Kept, StepResult, Visit, WaitStatus } from '../../login/engine/step.ts'
import { challengeKey, deviceKey } from '../../login/factors/push/kept.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { transact } from '../../platform/storage/transact.ts'
import { createPhone, createVisit, type PushScene } from './push-scene.ts'

type Step = {
  run(visit: Visit): Promise<StepResult<string>>
  status?(visit: Visit): Promise<WaitStatus>
}

/** A journey that stays at one step: writes what the step wants written, as the engine would. */
export function createWalk(scene: PushScene, step: Step, userId: Id<'user'>, begin: Kept = {}) {
  const walk = {
    kept: begin as Record<string, string | number | boolean | null>,
    /** One visit. Gives the result, and whether its writes went through. */
    async visit(action?: string, { settle = true } = {}) {
      const answers = action === undefined ? undefined : { action }
      const visit = createVisit(scene, userId, { kept: walk.kept, answers })
      const result = await step.run(visit)
      const { change } = result
      const written = await transact(scene.db, async (tx) => (await change?.write?.(tx)) ?? true)
      if (written) {
        for (const [name, value] of Object.entries(change?.kept ?? {})) {
          if (value === undefined) delete walk.kept[name]
          else walk.kept[name] = value
        }
        change?.after?.()
        if (settle) await scene.delivery.settle()
      }
      return { ...result, written }
    },
    challenge: () => scene.challengeNow(`${walk.kept[challengeKey]}`),
    /** What a page that waits is told. */
    async status() {
      const visit = createVisit(scene, userId, { kept: walk.kept })
      const found = await step.status?.(visit)
      return [found?.final, found?.status.key]
    },
  }
  return walk
}

export type Visited = Awaited<ReturnType<ReturnType<typeof createWalk>['visit']>>

export function promptsOf(result: Visited): readonly Prompt[] {
  if (result.type !== 'ask') throw new Error(`no page but ${result.outcome}`)
  return result.ask.prompts
}

export function choicesOf(result: Visited): string[] {
  return promptsOf(result).flatMap((prompt) =>
    prompt.type === 'choice' ? prompt.options.map(({ value }) => value) : [],
  )
}

export function noticesOf(result: Visited): string[] {
  return promptsOf(result).flatMap((prompt) => (prompt.type === 'notice' ? [prompt.text.key] : []))
}

export async function loginOf(scene: PushScene, username = 'erika', phone = createPhone()) {
  const device = await scene.addDevice(await scene.addUser(username), { phone })
  return { device, walk: createWalk(scene, scene.confirm, device.userId) }
}

export async function testOf(scene: PushScene, phone = createPhone()) {
  const device = await scene.addDevice(await scene.addUser(), { phone, pending: true })
  const walk = createWalk(scene, scene.test, device.userId, { [deviceKey]: device.id })
  return { device, walk }
}
