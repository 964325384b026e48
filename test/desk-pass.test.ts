// A person at the telephone with the service desk: the second factor was reset, a pass comes by voice, a new one is enrolled.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, type TestContext } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openFactorParts } from '../src/cli/factor-parts.ts'
import type { Administrator } from '../src/identity/operations/actor.ts'
import { openDirectory } from '../src/identity/users/directories.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { createAuthenticatorAdministration } from '../src/login/factors/authenticator-operations.ts'
import { createAllAuthenticators } from '../src/login/factors/authenticators.ts'
import { listFactors, openPasses } from '../src/login/factors/index.ts'
import { configSchema } from '../src/platform/config/schema.ts'
import { hours } from '../src/platform/kernel/clock.ts'
import { message } from '../src/platform/ui/message.ts'
import { launchChromium } from './support/browser.ts'
import { showsWayOn, testTask } from './support/effort.ts'
import { erika, startInProcess } from './support/in-process.ts'

const alice: Administrator = { type: 'administrator', name: 'cli:alice', person: 'alice' }
const oldApp = {
  id: 'otp_old',
  name: 'Old',
  secret_sealed: 'x',
  algorithm: 'SHA1',
  digits: 6,
  period: 30,
  last_counter: 0,
  status: 'active',
  created_at: 1,
  last_used_at: null,
} as const

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** A server, and its service desk, which has just reset Erika's code app. */
async function openDesk(t: TestContext) {
  const policy = { second_factor: 'required', skips: 0 }
  const { publicUrl, db, parts } = await startInProcess(t, { default_policy: policy })
  const config = configSchema.parse({ public_url: publicUrl, key_file: parts.config.key_file })
  const desk = openFactorParts(config, db, () => {})
  const users = createUsers(desk)
  const { keyring } = parts.platform
  const authenticators = createAllAuthenticators({
    ...desk,
    findLockedKinds: desk.lockout.findLockedKinds,
    kinds: listFactors().map((one) => one.openAuthenticators({ ...desk, keyring })),
  })
  const found = await users.findByName(db, erika.username)
  await db
    .insertInto('totp_authenticators')
    .values({ ...oldApp, user_id: `${found?.id}` })
    .execute()
  const reset = { kind: 'totp', withFallbacks: false, endsAll: false } as const
  await createAuthenticatorAdministration({
    ...desk,
    users,
    authenticators,
    refuseAlone: async () => {},
  }).reset(alice, erika.username, reset)
  return {
    publicUrl,
    passes: openPasses({
      ...desk,
      users,
      authenticators,
      directory: openDirectory({ ...desk, users }),
    }),
  }
}

/** As an app that knows nothing of this server computes it. */
function computeCode(key: string): string {
  const args = ['--totp', '--base32', key.replaceAll(' ', '')]
  return execFileSync('oathtool', args, { encoding: 'utf8' }).trim()
}

const sees = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor()

testTask(
  'caller at the desk, from a reset to a new code app',
  () => browser,
  async ({ t, page, hands, say }) => {
    const { publicUrl, passes } = await openDesk(t)
    await page.goto(`${publicUrl}/login`)
    await hands.signIn(erika)
    await sees(page, say(message('factor.all_removed.title')))
    await showsWayOn(page, 'button[value=retry]')
    await showsWayOn(page, '.reach .ref')
    await hands.choose('retry')
    await sees(page, say(message('factor.still_nothing.title')))
    assert.equal(await page.locator('.note.error').count(), 0, 'nothing is wrong')
    await showsWayOn(page, 'button[value=retry]')
    await showsWayOn(page, '.reach .ref')

    const order = { lifetime: hours(8), reason: 'phone lost' }
    const { code } = await passes.issue(alice, erika.username, order)
    await hands.choose('retry')
    await sees(page, say(message('desk_pass.title')))
    await showsWayOn(page, 'button[value=confirm]')
    await hands.type(code)
    await hands.press('Enter')
    await sees(page, say(message('choice.later')))
    await showsWayOn(page, 'button[value=totp]')
    await hands.choose('totp')
    await page.getByText(say(message('enrol.manual.title'))).click()
    const key = (await page.locator('.secret code').textContent()) ?? ''
    await page.fill('[name=code]', computeCode(key))
    await hands.choose('connect')
    await page.locator('button[value=left]').waitFor()
    assert.ok(hands.count().clicks <= 4)
  },
)
