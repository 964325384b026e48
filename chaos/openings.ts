/** Scenes on each kind of storage, with the work that is done in them. */
import { join } from 'node:path'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import type { StorageConfig } from '../src/platform/storage/open.ts'
import { type Disk, mountDisk } from './disk/disk.ts'
import { openScene, type Scene, type SceneOptions } from './scene.ts'
import { type ChaosPostgres, startChaosPostgres } from './stage/postgres.ts'

/** Counts of what was done and seen, in the order of first occurrence. */
export type Figures = ReadonlyMap<string, number>

export const usePostgres = (url: string): StorageConfig => ({
  type: 'postgres',
  url,
  migrate: true,
})

export async function openOnPostgres(
  t: Scope,
  options: SceneOptions,
): Promise<{ scene: Scene; postgres: ChaosPostgres }> {
  const postgres = await startChaosPostgres(t)
  // For a server of an earlier release, the release itself makes the schema.
  const storage =
    options.release === undefined
      ? usePostgres(postgres.url)
      : ({ type: 'postgres', url: postgres.url } as const)
  return { postgres, scene: await openScene(t, { ...options, storage }) }
}

export async function openOnDisk(
  t: Scope,
  options: SceneOptions,
): Promise<{ scene: Scene; disk: Disk }> {
  const disk = await mountDisk(t)
  const storage = { type: 'sqlite', file: join(disk.folder, 'einlass.db') } as const
  const scene = await openScene(t, { ...options, storage })
  await disk.flushAll()
  return { disk, scene }
}

export async function openPostgresOnDisk(
  t: Scope,
  options: SceneOptions,
  given: readonly string[] = [],
) {
  const disk = await mountDisk(t)
  const postgres = await startChaosPostgres(t, { folder: disk.folder, options: given })
  const scene = await openScene(t, { ...options, storage: usePostgres(postgres.url) })
  await disk.flushAll()
  return { disk, postgres, scene }
}

export async function withScope<Result>(work: (t: Scope) => Promise<Result>): Promise<Result> {
  const ends: (() => unknown)[] = []
  try {
    return await work({ after: (end) => void ends.push(end as () => unknown) })
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

/** Does the work, and resolves with the counts of the scene. */
export async function during(scene: Scene, work: () => Promise<void>): Promise<Figures> {
  await work()
  // Also after the last fault.
  scene.crowd.resume()
  await scene.untilLogin()
  await scene.crowd.settle()
  await scene.check()
  const { history, counts } = scene
  return new Map([
    ['operations', history.countOperations()],
    ['things that are valid once', history.things.length],
    ['events of the audit log', await scene.stage.verifyAudit()],
    ...counts,
  ])
}
