/** What the directories of tests share: waiting until one answers. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'ldapts'

/** Tries until a server answers over TLS. Throws when its process has ended, or after 20 seconds. */
export async function untilLdapAnswers(
  url: string,
  ca: string,
  child: ChildProcess,
): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the directory at ${url} has ended with ${child.exitCode}`)
    }
    const client = new Client({ url, timeout: 1000, connectTimeout: 1000, tlsOptions: { ca } })
    try {
      await client.search('', { scope: 'base', attributes: ['supportedControl'] })
      return
    } catch {
      await sleep(20)
    } finally {
      await client.unbind().catch(() => {})
    }
  }
  throw new Error(`no directory answers at ${url}`)
}
