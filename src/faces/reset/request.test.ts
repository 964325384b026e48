import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import {
  answer,
  createResetScene,
  followTo,
  fresh,
  openLink,
  twice,
} from '../../dev/test-support/reset-scene.ts'
import { minutes, seconds } from '../../platform/kernel/clock.ts'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(say('A14: the answer is the same for every name'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const max = await scene.addUser('max')
    const off = await scene.addUser('off')
    await scene.users.change(db, off.id, { email: 'off@example.org' })
    await scene.users.disable(db, off.id)
    const answers = new Set<string>()
    for (const name of [
      'erika',
      'max',
      'off',
      'nobody',
      'erika@example.org',
      '\u202eerika',
      'ERIKA ',
    ]) {
      const browser = scene.open()
      const reply = await scene.request(name, browser)
      const page = await followTo(browser, reply.headers.get('location') ?? '')
      const text = (await page.text()).replaceAll(browser.jar.get('einlass_browser') ?? '-', '')
      const headers = [...reply.headers].filter(([header]) => header !== 'set-cookie')
      answers.add(JSON.stringify([reply.status, headers, [...browser.jar.keys()], text]))
    }
    assert.equal(answers.size, 1)
    assert.equal((await scene.links()).length, 2, 'erika has asked twice')
    assert.deepEqual(
      (await scene.listAudit('password_reset_link_not_sent')).map(({ userId, reason }) => [
        userId,
        reason,
      ]),
      [[max.id, 'no_address']],
    )
    const left = await db.selectFrom('reset_requests').select(['name', 'client']).execute()
    assert.deepEqual(
      new Set(left.map(({ name, client }) => `${name} ${client}`)),
      new Set(['null null']),
    )
  })

  test(say('A15: a request costs the same for every name'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const looked: string[] = []
    const { directory } = scene
    const find = directory.findByName
    Object.assign(directory, {
      findByName: (...asked: Parameters<typeof find>) => {
        looked.push(asked[1])
        return find(...asked)
      },
    })
    await scene.request('erika')
    await scene.request('nobody')
    assert.deepEqual(looked, [], 'nobody is looked up before the answer')
    assert.equal((await scene.links()).length, 1)
    assert.deepEqual(looked, ['erika', 'nobody'])
  })

  test(
    say('one user gets three mails an hour, by whatever spelling, and the last link stays'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      for (const name of ['erika', 'Erika', ' ERIKA ', 'erika', 'ｅｒｉｋａ'])
        await scene.request(name)
      const links = await scene.links()
      assert.equal(links.length, 3)
      assert.match(await openLink(scene.open(), links[2] ?? ''), /^\/login\//)
      scene.pass(minutes(61))
      await scene.request('erika')
      assert.equal((await scene.links()).length, 4)
    },
  )

  test(say('one address asks five times in ten minutes, whatever for'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const statuses: number[] = []
    for (let n = 0; n < 7; n += 1) {
      const reply = await scene.request(`user ${n}`, scene.open(`2001:db8::${n}`))
      statuses.push(reply.status)
    }
    assert.deepEqual(statuses, [303, 303, 303, 303, 303, 429, 429])
    const waiting = await db.selectFrom('reset_requests').select('name').execute()
    assert.equal(waiting.length, 5)
    assert.equal((await scene.request('erika', scene.open('192.0.2.9'))).status, 303)
    scene.pass(minutes(2))
    assert.equal((await scene.request('erika', scene.open('2001:db8::9'))).status, 303)
  })

  test(
    say('A62: 330 requests from one /48 or one /16 turn the page off for nobody else'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      const ask = async (address: string, name = 'nobody') =>
        (await scene.request(name, scene.open(address))).status
      const askMany = async (write: (n: number) => string) => {
        let admitted = 0
        for (let n = 0; n < 330; n += 1) admitted += (await ask(write(n))) === 303 ? 1 : 0
        return admitted
      }
      assert.equal(await askMany((n) => `2001:db8:1:${n.toString(16)}::1`), 20)
      assert.equal(await askMany((n) => `198.51.${n % 110}.${n}`), 80)
      assert.equal(await ask('2001:db8:2::1', 'erika'), 303)
      assert.equal((await scene.links()).length, 1)
    },
  )

  test(
    say('A62: a flood from many networks refuses nobody, and is one audit event an hour'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      const flood = async () => {
        for (let n = 0; n < 330; n += 1)
          await scene.request('nobody', scene.open(`${20 + (n % 200)}.${n}.7.1`))
      }
      await flood()
      assert.equal((await scene.request('erika', scene.open('192.0.2.9'))).status, 303)
      await flood()
      assert.equal((await scene.links()).length, 1)
      const listFloods = () => scene.listAudit('password_reset_flood')
      assert.deepEqual(await listFloods(), [{ requests: 300 }])
      scene.pass(minutes(61))
      await flood()
      assert.equal((await listFloods()).length, 2)
      const name = 'einlass_password_reset_requests_unusual_total'
      const metric = scene.metrics.find((one) => one.name === name)
      assert.ok(((await metric?.read())?.[0]?.value ?? 0) > 300)
    },
  )

  test(
    say('A62: requests of strangers end no link, and always leave their victim one that works'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      await scene.request('erika')
      const [own = ''] = await scene.links()
      const browser = scene.open()
      const journey = await openLink(browser, own)
      for (let n = 0; n < 20; n += 1) await scene.request('erika', scene.open(`192.0.${n}.1`))
      assert.equal((await scene.links()).length, 3, 'three an hour')
      assert.equal((await answer(browser, journey, twice)).status, 303)
      assert.equal(await scene.hash(), `hash of ${fresh}`)
      for (let hour = 0; hour < 8; hour += 1) {
        for (let part = 0; part < 6; part += 1) {
          const before = (await scene.links()).length
          scene.pass(minutes(10))
          for (let n = 0; n < 5; n += 1) await scene.request('erika', scene.open(`192.0.${n}.1`))
          const links = await scene.links()
          assert.ok(links.length - before <= 3)
          assert.match(await openLink(scene.open(), links.at(-1) ?? ''), /^\/login\//)
        }
      }
      assert.ok((await scene.links()).length <= 3 + 8 * 5, 'five an hour at most')
    },
  )

  test(
    say('A62: several users of one mailbox share its limit, and each gets a link'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      const names = ['erika', ...Array.from({ length: 9 }, (_, n) => `room ${n}`)]
      for (const name of names.slice(1)) {
        const { id } = await scene.addUser(name)
        await scene.users.change(db, id, { email: 'erika@example.org' })
      }
      for (let n = 0; n < 3; n += 1)
        for (const [at, name] of names.entries())
          await scene.request(name, scene.open(`${at + 1}.0.${n}.1`))
      assert.equal((await scene.links()).length, 10, 'not 30')
    },
  )

  test(say('a directory that is away is asked again'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const find = scene.directory.findByName
    Object.assign(scene.directory, { findByName: async () => ({ type: 'unavailable' }) })
    assert.equal((await scene.request('erika')).status, 303)
    assert.deepEqual(await scene.links(), [])
    Object.assign(scene.directory, { findByName: find })
    assert.deepEqual(await scene.links(), [])
    scene.pass(seconds(6))
    assert.equal((await scene.links()).length, 1)
  })

  test(
    say('where the directory has the password, a mail says to ask the service desk'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db)
      const reset = scene.directory.passwordReset
      assert.ok(reset)
      Object.assign(reset, { isFor: async () => false })
      for (let n = 0; n < 5; n += 1) await scene.request('erika')
      assert.deepEqual(await scene.links(), [])
      assert.deepEqual(
        new Set(scene.noticed.map(({ kind }) => kind)),
        new Set(['password_reset_elsewhere']),
      )
      assert.equal(scene.noticed.length, 3)
    },
  )

  test(say('the way back leads to the login of the app'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const browser = scene.open()
    const path = '/forgot-password?continue=abc.d%22%3E'
    assert.match(await (await browser.get(path)).text(), /href="\/login\?continue=abc\.d%22%3E"/)
    const form = { username: 'erika', form_token: browser.formToken() }
    const sent = (await browser.post(path, form)).headers.get('location') ?? ''
    assert.equal(sent, '/forgot-password/sent?continue=abc.d%22%3E')
    assert.match(await (await browser.get(sent)).text(), /href="\/login\?continue=abc\.d%22%3E"/)
  })

  test(say('a form from elsewhere, or without cookies, requests nothing'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await createResetScene(db)
    const browser = scene.open()
    assert.equal((await browser.post('/forgot-password', { username: 'erika' })).status, 403)
    await browser.get('/forgot-password')
    assert.equal((await browser.post('/forgot-password', { username: 'erika' })).status, 403)
    assert.deepEqual(await scene.links(), [])
  })

  test(
    say('where it is off, the service desk helps, and people get no link by themselves'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await createResetScene(db, { forgotten: 'service_desk' })
      const browser = scene.open()
      const page = await (await browser.get('/forgot-password')).text()
      assert.equal(page.match(/mailto:help@example\.org/g)?.length, 1)
      assert.doesNotMatch(page, /name="username"/)
      await scene.request('erika', browser)
      assert.deepEqual(await scene.links(), [])
    },
  )
})
