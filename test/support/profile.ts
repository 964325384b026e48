/** Browsers with profiles that stay on the disk, so that they can be closed, copied and opened again. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { phoneScreen } from './app-stage.ts'
import { launchProfile } from './browser.ts'
import type { Person } from './guide.ts'

export type Profiles = Awaited<ReturnType<typeof createProfiles>>

/** Everything is closed and removed after the test. */
export async function createProfiles(t: Scope) {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-profile-'))
  const contexts = new Set<BrowserContext>()
  t.after(async () => {
    await Promise.all([...contexts].map((context) => context.close()))
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  })
  return {
    /** A phone with the profile of this name, which may be a new one. */
    async open(name: string): Promise<Person & { close(): Promise<void> }> {
      const context = await launchProfile(join(folder, name), { ...phoneScreen, locale: 'de-DE' })
      contexts.add(context)
      const page = context.pages()[0] ?? (await context.newPage())
      page.setDefaultTimeout(30_000)
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(`${error}`))
      const close = async () => {
        contexts.delete(context)
        await context.close()
      }
      return { page, errors, close }
    },

    /** What malware or a backup takes. The lock of a browser that runs is no part of it. */
    async copy(from: string, to: string): Promise<void> {
      const filter = (path: string) => !/Singleton\w+$/.test(path)
      await cp(join(folder, from), join(folder, to), { recursive: true, filter })
    },
  }
}
