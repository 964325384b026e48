/** A service desk beside a demo: real commands in processes of their own, over the same data. */
import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import type { Stage } from './guide.ts'
import { type Conversation, startConversation } from './installation.ts'

export interface ServiceDesk {
  /** What the command prints. Fails unless the command succeeds. */
  run(args: readonly string[]): Promise<string>
  /** Starts a command that asks something. */
  converse(args: readonly string[]): Conversation
}

export async function openServiceDesk(t: Scope, { demo }: Stage): Promise<ServiceDesk> {
  const { storage, key_file, push, mail } = demo.parts.config
  const file = `${key_file}.desk.yaml`
  const { allowed_origins } = push.senders.http
  const config = {
    public_url: demo.publicUrl,
    storage,
    key_file,
    push: { senders: { http: { allowed_origins } } },
    mail: {
      from: mail?.from,
      smtp: { host: mail?.smtp?.host, port: mail?.smtp?.port, security: 'none' },
    },
  }
  await writeFile(file, stringify(config))
  t.after(() => rm(file, { force: true }))
  const converse = (args: readonly string[]) =>
    startConversation((end) => t.after(end), [...args, '--config', file])
  return {
    converse,
    async run(args) {
      const running = converse(args)
      const { code, stdout } = await running.ended
      assert.equal(code, 0, running.asked())
      return stdout
    },
  }
}
