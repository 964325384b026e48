import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import {
  answer,
  createResetScene,
  followTo,
  openLink,
  twice,
} from '../../dev/test-support/reset-scene.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createSendByDesk } from './send-by-desk.ts'

const alice = { type: 'administrator', name: 'cli:alice' } as const
const mail = {} as never

/** A directory that refuses every account, or does not answer. */
const answering = (reason: string | undefined) => ({
  checkAccount: async () =>
    reason === undefined ? { type: 'unavailable' } : { type: 'refused', reason },
})

async function setUp(db: Database, forgotten: 'mail' | 'service_desk' = 'mail') {
  const scene = await createResetScene(db, forgotten === 'mail' ? {} : { forgotten })
  const config = { mail, public_url: 'https://login.example' }
  const { links } = scene.reset
  return { ...scene, config, send: createSendByDesk({ ...scene, links, config }) }
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('a link of the service desk goes to the address of the account, and works as any other'),
    async (t) => {
      const { db } = await engine.open(t)
      const scene = await setUp(db)
      const sent = await scene.send(alice, 'ERIKA')
      assert.deepEqual([sent.username, sent.email], ['erika', 'erika@example.org'])
      assert.equal(sent.expiresAt, scene.clock.now() + 30 * 60_000)
      assert.doesNotMatch(JSON.stringify(sent), /link/)
      const [link = ''] = await scene.links()
      const browser = scene.open()
      const before = await scene.hash()
      const path = await openLink(browser, link)
      assert.equal(await scene.hash(), before)
      await answer(browser, path, twice)
      assert.equal(await scene.hash(), `hash of ${twice.password}`)
      const [event] = await scene.listAudit('password_reset_link_sent')
      assert.deepEqual(
        [event?.userId, event?.by, event?.address],
        [scene.erika.id, 'cli:alice', undefined],
      )
    },
  )

  test(say('it is sent however many others have asked, and ends the earlier ones'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    for (let n = 0; n < 5; n += 1) await scene.request('erika')
    assert.equal((await scene.links()).length, 3)
    await scene.send(alice, 'erika')
    const links = await scene.links()
    assert.equal(links.length, 4)
    assert.equal((await followTo(scene.open(), `${links[2]}`)).status, 410)
    assert.equal((await followTo(scene.open(), `${links[3]}`)).status, 200)
  })

  test(say('where people cannot ask themselves, it is the way that is left'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db, 'service_desk')
    await scene.send(alice, 'erika')
    const [link = ''] = await scene.links()
    assert.equal((await followTo(scene.open(), link)).status, 200)
  })

  test(say('who can get none is said with the reason, and nothing is written'), async (t) => {
    const { db } = await engine.open(t)
    const scene = await setUp(db)
    await scene.addUser('max')
    const off = await scene.addUser('off')
    await scene.users.change(db, off.id, { email: 'off@example.org' })
    await scene.users.disable(db, off.id)
    const { links } = scene.reset
    const without = (parts: object) => createSendByDesk({ ...scene, links, ...parts })
    for (const [send, name, said] of [
      [scene.send, 'nobody', /There is no user "nobody"/],
      [scene.send, 'max', /has no e-mail address/],
      [scene.send, 'off', /is disabled/],
      [without({ config: { ...scene.config, mail: undefined } }), 'erika', /lacks mail/],
      [without({ directory: {} }), 'erika', /write_passwords/],
      [
        without({ directory: answering('disabled') }),
        'erika',
        /lets erika in no more \(disabled\)/,
      ],
      [without({ directory: answering(undefined) }), 'erika', /directory/],
    ] as const) {
      await assert.rejects(send(alice, name), said)
    }
    assert.deepEqual(scene.noticed, [])
    assert.deepEqual(await scene.listAudit('password_reset_link_sent'), [])
  })
})
