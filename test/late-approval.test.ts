// A13: a login waits for a phone, and meanwhile what it stands on is gone. Whatever the phone answers, before or after,
// the browser gets no session.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import {
  createPlainBrowser,
  findNumber,
  type PlainBrowser,
  readForm,
} from '../src/dev/test-support/plain-browser.ts'
import { createLocalPasswords } from '../src/identity/users/local/passwords.ts'
import type { User } from '../src/identity/users/user.ts'
import { createUsers } from '../src/identity/users/users.ts'
import { systemClock as clock } from '../src/platform/kernel/clock.ts'
import { systemRandom as random } from '../src/platform/kernel/random.ts'
import { createInstallation, type Installation } from './support/installation.ts'
import { startTestPhone } from './support/test-phone.ts'
import { enrolPhone, enterPassword, pathOfPage } from './support/way-in.ts'

const users = createUsers({ clock, random })
const passwords = createLocalPasswords({ clock })
const password = 'Regenschirm im Mai'

interface Stage {
  readonly installation: Installation
  readonly user: User
  /** A browser of the same person that has a session. */
  readonly other: PlainBrowser
}

const changes: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'the service desk set another password': ({ installation, user }) =>
    installation.command(
      ['user', 'set-password', user.username, '--password-stdin'],
      'Sonnenhut im Juni',
    ),
  'the service desk disabled the user': ({ installation, user }) =>
    installation.command(['user', 'disable', user.username]),
  'the service desk disabled the user and thought better of it': async ({ installation, user }) => {
    await installation.command(['user', 'disable', user.username])
    await installation.command(['user', 'enable', user.username])
  },
  // As a person does it in another browser: the logins under way are not ended, and have to notice.
  'the password was changed': ({ installation: { db }, user }) =>
    passwords.set(db, user.id, 'not asked for any more'),
  'another password was demanded': ({ installation: { db }, user }) =>
    users.requirePasswordChange(db, user.id),
  'all other sessions were ended': async ({ other }) => {
    const { hidden } = readForm(await other.get('/logout'))
    const reply = await other.post('/account/sessions/end-others', hidden)
    assert.equal(reply.location, '/account/sessions?ended')
  },
}

/** A person with a session in one browser, and in another one with a login that waits for the phone. */
async function waitForPhone(t: TestContext, installation: Installation, username: string) {
  const who = { username, password }
  const user = await installation.addUser({ ...who, displayName: 'Erika Mustermann' })
  const phone = await startTestPhone(t)
  const other = createPlainBrowser(installation.publicUrl)
  await enrolPhone(other, who, phone)
  const browser = createPlainBrowser(installation.publicUrl)
  const page = await enterPassword(browser, who)
  const body = phone.answerTo(await phone.nextMessage(), {
    type: 'approve',
    number: findNumber(page),
  })
  return {
    user,
    other,
    browser,
    page,
    approve: () => phone.sendAnswer(body),
    look: async () => await browser.follow(await browser.get(pathOfPage(page))),
  }
}

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`A13: the approval of a login whose basis is gone gives no session (${storage})`, async (t) => {
    const installation = await createInstallation(t, {
      storage,
      config: { push: { senders: { http: { allowed_origins: ['http://127.0.0.1:*'] } } } },
    })
    await installation.serve()
    let people = 0

    await t.test('an approval without a change gives a session', async (t) => {
      const { approve, look, browser } = await waitForPhone(t, installation, `erika-${people}`)
      await approve()
      await look()
      assert.ok(browser.cookie('einlass_session'))
    })

    for (const [name, change] of Object.entries(changes)) {
      for (const order of ['before', 'after']) {
        await t.test(`${name} ${order} the approval`, async (t) => {
          people += 1
          const login = await waitForPhone(t, installation, `erika-${people}`)
          const { user, browser, page, approve, look } = login
          const before = await sessionsOf(installation, user)
          if (order === 'after') assert.equal((await approve()).status, 200)
          await change({ installation, ...login })
          if (order === 'before') await approve()

          for (let looks = 0; looks < 2; looks += 1) {
            await look()
            assert.equal(browser.cookie('einlass_session'), undefined)
            assert.match(`${(await browser.get('/account')).location}`, /^\/login/)
          }
          await browser.answer(page, { action: 'retry' })
          assert.equal(browser.cookie('einlass_session'), undefined)
          assert.deepEqual(await sessionsOf(installation, user), before)
        })
      }
    }
  })
}

async function sessionsOf({ db }: Installation, { id }: User): Promise<string[]> {
  const rows = await db.selectFrom('sessions').select('id').where('user_id', '=', id).execute()
  return rows.map((row) => row.id)
}
