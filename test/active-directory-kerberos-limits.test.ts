/** What a ticket is not enough for, and what happens when the keytab is not what it should be. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { chmod, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createContinuations, loginAddress } from '../src/login/engine/continuation.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { run } from './support/kerberos.ts'
import { openKerberosScene, password } from './support/kerberos-scene.ts'

type Scene = Awaited<ReturnType<typeof openKerberosScene>>

type Asked = Parameters<ReturnType<typeof createContinuations>['sign']>[0]

const signPath = ({ parts, clock }: Scene, request: Asked): string => {
  const key = parts.platform.keyring.derive('continuations')
  return loginAddress(createContinuations({ key, clock }).sign(request))
}

/** Login pages for what apps ask for. */
const signFor = (scene: Scene) => (request: Partial<Asked>) =>
  signPath(scene, { returnTo: '/', appId: 'wiki', ...request })

test('a ticket is not accepted as the recent login that an app or a change to the account requires', async (t) => {
  const scene = await openKerberosScene(t)
  const pathFor = signFor(scene)
  const erika = await scene.addPerson('erika')
  const token = await erika.makeToken()
  for (const path of [
    pathFor({ authenticatedSince: scene.clock.now() }),
    pathFor({ authenticatedSince: scene.clock.now() - 3_600_000 }),
    pathFor({ confirms: 'account' }),
  ]) {
    const browser = scene.openBrowser()
    const shown = await browser.show({ token, path })
    assert.deepEqual([shown.status, shown.challenge, shown.location], [303, null, path])
    assert.ok(!(await browser.get(path)).text.includes('/login/kerberos'))
  }
  const browser = scene.openBrowser()
  const path = pathFor({})
  assert.equal((await browser.show({ token, path })).location, path)
  // The session of a moment ago is too old for it as well.
  const since = pathFor({ authenticatedSince: scene.clock.now() - 3_600_000 })
  const again = await browser.get(since)
  assert.ok(again.text.includes(de['login.again.title']))
  assert.ok(!again.text.includes('/login/kerberos'))
  const account = await browser.follow(await browser.get('/account/authenticators/add'))
  assert.ok(!account.text.includes('/login/kerberos'))
  await browser.answer(again, { username: erika.username, password, action: 'login' })
  const rows = await scene.db.selectFrom('sessions').select('amr').execute()
  assert.deepEqual(rows, [{ amr: '["pwd"]' }])
})

test('a silent request logs in only the user whom the app expects', async (t) => {
  const scene = await openKerberosScene(t)
  const pathFor = signFor(scene)
  const erika = await scene.addPerson('erika')
  const path = pathFor({ loginHint: 'somebody.else' })
  const browser = scene.openBrowser()
  const silent = await browser.show({ token: await erika.makeToken(), path, isSilent: true })
  assert.deepEqual(JSON.parse(silent.text), { next: path })
  assert.ok((await browser.get(path)).text.includes(de['ticket.refused.other']))
  assert.deepEqual((await scene.events()).slice(-1), ['ticket_refused other_person'])
  const own = pathFor({ loginHint: `${erika.username}@corp.example` })
  const token = await erika.makeToken()
  const expected = await scene.openBrowser().show({ token, path: own, isSilent: true })
  assert.deepEqual(JSON.parse(expected.text), { next: own })
  // A user who presses the button has made a choice.
  const pressed = await scene.openBrowser().show({ token: await erika.makeToken(), path })
  assert.equal(pressed.location, path)
})

test('the ticket button leads to the same page as the form', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  for (const [path, end] of [
    ['/login', '/'],
    [signPath(scene, { returnTo: '/account' }), '/account'],
  ] as const) {
    const browser = scene.openBrowser()
    const { text } = await browser.get(path)
    const [, action = ''] = /formaction="([^"]+)"/.exec(text) ?? []
    const at = action.replace('/login/kerberos', '/login')
    const shown = await browser.show({ token: await erika.makeToken(), path: at })
    assert.equal(shown.location, end)
  }
})

test('a silent request for a ticket that fails is reported to the script only', async (t) => {
  const scene = await openKerberosScene(t)
  const browser = scene.openBrowser()
  const asked = await browser.show({ isSilent: true })
  assert.deepEqual([asked.status, asked.challenge, asked.text], [401, 'Negotiate', '{}'])
  const garbage = await scene.openBrowser().show({ token: 'AAAA', isSilent: true })
  assert.deepEqual([garbage.status, garbage.challenge, garbage.text], [403, null, '{}'])
  assert.equal(browser.cookie('__Host-einlass_ticket_tried'), '1')
})

test('curl --negotiate logs in with the form token of the page', async (t) => {
  const scene = await openKerberosScene(t)
  const erika = await scene.addPerson('erika')
  const jar = join(scene.domain.folder, 'cookies')
  const curl = (...args: string[]) =>
    run('curl', ['-sk', '-c', jar, '-b', jar, ...args], { env: erika.env })
  const page = await curl(`${scene.publicUrl}/login`)
  const [, formToken = ''] = /name="form_token" value="([^"]+)"/.exec(page) ?? []
  const answer = await curl(
    ...['-i', '--negotiate', '-u', ':', '-d', `form_token=${formToken}&version=0`],
    `${scene.publicUrl}/login/kerberos`,
  )
  assert.match(answer, /^HTTP\/1.1 303 /)
  assert.match(answer, /^www-authenticate: Negotiate \S+/im)
  assert.ok((await curl(`${scene.publicUrl}/`)).includes('erika'))
})

test('the server reads the keytab for each ticket: a missing, broken or old one leads to the form, a new one works', async (t) => {
  const service = 'HTTP/rotated.corp.example'
  const scene = await openKerberosScene(t, { kerberos: { service } })
  const erika = await scene.addPerson('erika')
  const { keytab } = scene.service
  const rotated = await scene.domain.addService(service)
  const show = async () => {
    const browser = scene.openBrowser()
    const token = await erika.makeToken('HTTP@rotated.corp.example')
    const { location } = await browser.show({ token })
    if (location === '/') return 'in'
    return (await browser.get('/login')).text.includes(de['ticket.refused.text']) ? 'form' : ''
  }
  await rotated.exportKeytab(keytab)
  assert.equal(await show(), 'in')
  await rm(keytab)
  assert.equal(await show(), 'form')
  await writeFile(keytab, 'no keytab')
  assert.equal(await show(), 'form')
  await rotated.exportKeytab(keytab)
  // The password of the account is set again, so the keytab has a key of an earlier version.
  const [entry] = await scene.corp.asAdministrator(
    async (client) =>
      (
        await client.search(scene.corp.domainDn, {
          filter: `(sAMAccountName=${rotated.account})`,
          attributes: ['1.1'],
        })
      ).searchEntries,
  )
  await scene.corp.setPassword(`${entry?.dn}`, `Ein anderer Dienst ${randomUUID()}`)
  const fresh = await scene.addPerson('max')
  const token = await fresh.makeToken('HTTP@rotated.corp.example')
  const browser = scene.openBrowser()
  assert.equal((await browser.show({ token })).location, '/login')
  await rotated.exportKeytab(keytab)
  await chmod(keytab, 0o400)
  assert.equal((await scene.openBrowser().show({ token })).location, '/')
  assert.deepEqual(scene.errors, [])
})
