/** An app that only members of a group may enter, in Chromium. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { protocols } from '../src/faces/protocols/index.ts'
import { createApps } from '../src/identity/apps/apps.ts'
import { addToGroup } from '../src/identity/users/groups.ts'
import { launchChromium } from './support/browser.ts'
import { showsNothingWrong } from './support/faults.ts'
import { erika, heading, max, person, readText, setStage, signIn } from './support/guide.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

test('a user without access to an app reads that after the password, and can log in with another account', async (t) => {
  const stage = await setStage(t)
  const { db } = stage.demo.parts.platform.database
  const apps = createApps({ ...stage.demo.parts.platform, protocols })
  const policy = { secondFactor: 'required', skips: 3, allowedGroups: ['board'] } as const
  await apps.change(db, 'webmail', { policy: { ...policy, allowedGroups: ['board'] } })
  const { id } = await db
    .selectFrom('users')
    .select('id')
    .where('username', '=', erika.username)
    .executeTakeFirstOrThrow()
  await addToGroup(db, id, 'board')

  const { page, errors } = await person(t, browser)
  await page.goto(`${stage.webmail}/login`)
  await signIn(page, max)
  await page.getByRole('heading', { name: 'Kein Zugang zu Webmail' }).waitFor()
  assert.match(await readText(page, '.lead'), /Das Konto max\.muster ist .* nicht freigegeben/)
  await showsNothingWrong(page)
  const refused = page.url()

  await page.getByRole('link', { name: 'Zu Ihren Anwendungen' }).click()
  // Now for the person's own pages, which offer a second factor as ever.
  await page.locator('button[value=skip]').click()
  const tiles = await readText(page, 'main')
  assert.match(tiles, /Portal/)
  assert.doesNotMatch(tiles, /Webmail/)

  await page.goto(refused)
  await page.getByRole('link', { name: 'Zurück zu Webmail' }).click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'body'), /access_denied/)

  await page.goto(`${stage.webmail}/login`)
  await page.getByRole('link', { name: 'Mit einem anderen Konto anmelden' }).click()
  assert.equal(await heading(page), 'Anmelden')
  await signIn(page, erika)
  await page.locator('button[value=skip]').click()
  await page.waitForURL(`${stage.webmail}/**`)
  assert.match(await readText(page, 'body'), /Erika Mustermann/)
  assert.deepEqual(errors, [])
})
