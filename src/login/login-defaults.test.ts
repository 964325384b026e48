/** A rule of the configuration that is changed later, on people and apps that are there. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestLogin } from '../dev/test-support/login.ts'
import { office } from '../dev/test-support/scene.ts'
import { listPrompts, openTab } from '../dev/test-support/tab.ts'
import { configSchema } from '../platform/config/schema.ts'
import { silentLog } from '../platform/kernel/log.ts'
import { openDatabase } from '../platform/storage/open.ts'

test('a stricter default_policy applies to an existing app, except where the app has its own rule', async (t) => {
  const storage = { type: 'sqlite', file: ':memory:' } as const
  const { db, close } = await openDatabase({ storage, log: silentLog })
  t.after(close)
  const withRule = (rule: object) =>
    createTestLogin(db, { config: configSchema.parse({ default_policy: rule }) })
  const before = withRule({ second_factor: 'none' })
  const { username } = await before.addUser('erika')
  const settings = { redirectUris: ['https://app.example.org/callback'] }
  await before.apps.create(db, { id: 'wiki', name: 'Wiki', settings })
  const own = { secondFactor: 'optional', skips: 9 } as const
  await before.apps.create(db, { id: 'cloud', name: 'Cloud', settings, policy: own })
  const seen = async (login: typeof before, appId: string) => {
    const view = await openTab(login, office).begin({ username, appId })
    if (view.type === 'finished') return ['let in']
    return listPrompts(view).flatMap((one) =>
      one.type === 'choice' ? one.options.map(({ value }) => value) : [],
    )
  }
  assert.deepEqual(await seen(before, 'wiki'), ['let in'])
  const after = withRule({ second_factor: 'required', skips: 0 })
  const choices = await seen(after, 'wiki')
  assert.ok(choices.includes('register') || choices.includes('passkey'), choices.join())
  assert.ok(!choices.includes('skip'))
  assert.ok((await seen(after, 'cloud')).includes('skip'))
})
