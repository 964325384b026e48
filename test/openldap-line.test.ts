/** A real OpenLDAP behind a line that is hostile, slow, or has much to carry. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { requireFound } from '../src/identity/users/directory-answers.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { openLine } from './support/line.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'
const local = { name: 'local', kind: 'local' }

/**
 * *Right*, as an answer to the first password of a connection, which has the number 3 with ldapts. The last text of it is still to come, so
 * that the server's own answer would complete it.
 */
const forgeAnswer = (id: number) => Buffer.from(`300d02010${id}61080a010004000401`, 'hex')

const long = 'x'.repeat(3_000_000)

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  test(
    say('CVE-2011-0411: an answer that is put behind that to StartTLS makes no password right'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      await slapd.addPerson('erika', password)
      const described = await describeSlapd(t, slapd)
      const open = async (pass?: (bytes: Buffer, to: Socket, at: number) => void) => {
        const url = await openLine(t, { url: slapd.plainUrl, ...(pass && { pass }) })
        return openDirectories(t, db, [local, { ...described, servers: [url] }])
      }
      for (const id of [3, 2, 1]) {
        const forged = forgeAnswer(id)
        const together = await open((bytes, to, at) => {
          to.write(at === 0 ? Buffer.concat([bytes, forged]) : bytes)
        })
        assert.equal(await together.judge('erika', 'not it'), 'unavailable')
        assert.match(JSON.stringify(together.entries), /before the connection was encrypted/)
        const apart = await open((bytes, to, at) => {
          to.write(bytes)
          if (at === 0) setImmediate(() => to.write(forged))
        })
        assert.equal(await apart.judge('erika', 'not it'), 'unavailable')
        assert.match(JSON.stringify(apart.entries), /"reason":"127\.0\.0\.1: [^"]/)
      }
      const honest = await open()
      assert.equal(await honest.users.count(db), 0)
      assert.equal(await honest.judge('erika', 'not it'), 'wrong')
      assert.equal(await honest.judge('erika', password), 'right')
    },
  )

  test(
    say('more questions than the connections can carry are refused, and are no outage'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      await slapd.addPerson('erika', password)
      const url = await openLine(t, { url: slapd.url, delay: 60 })
      const settings = { servers: [url], time_limit: '2s', connections: 1 }
      const scene = openDirectories(t, db, [{ ...(await describeSlapd(t, slapd)), ...settings }])
      assert.equal(await scene.judge('erika', password), 'right')
      const asked = Array.from({ length: 100 }, (_, n) =>
        scene.directory.findByName(db, `none${n}`),
      )
      const answers = await Promise.all(asked)
      const refused = answers.filter((answer) => answer.type === 'unavailable')
      assert.ok(refused.length > 0 && refused.length < answers.length)
      assert.match(`${refused[0]?.reason}`, /all connections are in use/)
      assert.equal(refused[0]?.retryAfter, 2)
      assert.equal(await scene.judge('erika', password), 'right', 'the server does not rest')
    },
  )

  test(
    say(
      'A46: at a slow directory the logins of one network keep out no other, and no known browser',
    ),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t)
      await slapd.addPerson('erika', password)
      const url = await openLine(t, { url: slapd.url, delay: 60 })
      const settings = { servers: [url], time_limit: '1500ms', connections: 1 }
      const { directory } = openDirectories(t, db, [
        { ...(await describeSlapd(t, slapd)), ...settings },
      ])
      const flooded: Promise<void>[] = []
      const full = Promise.withResolvers<void>()
      const flood = setInterval(() => {
        const origin = { networks: ['192.0.2.0/24', `192.0.2.${flooded.length % 250}`] }
        const attempt = directory.verifyPassword(db, `none${flooded.length}`, 'not it', origin)
        flooded.push(
          attempt.then(({ type }) => {
            if (type === 'unavailable') full.resolve()
          }),
        )
      }, 5)
      t.after(() => clearInterval(flood))
      await full.promise
      const networks = ['198.51.100.0/24', '198.51.100.1']
      for (const origin of [{ networks }, { networks, isKnownBrowser: true }]) {
        const outcome = await directory.verifyPassword(db, 'erika', password, origin)
        assert.equal(outcome.type, 'right')
      }
      clearInterval(flood)
      await Promise.all(flooded)
    },
  )

  test(say('one question without an answer is no outage while others are answered'), async (t) => {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    await slapd.addPerson('erika', password)
    const connected = new Set<Socket>()
    let silent: Socket | undefined
    const pass = (bytes: Buffer, to: Socket) => {
      connected.add(to)
      if (to !== silent) to.write(bytes)
    }
    const url = await openLine(t, { url: slapd.url, pass })
    const settings = { servers: [url], time_limit: '2s', connections: 2 }
    const scene = openDirectories(t, db, [{ ...(await describeSlapd(t, slapd)), ...settings }])
    const askTwice = () =>
      Promise.all(['a', 'b'].map((name) => scene.directory.findByName(db, name)))
    await askTwice()
    assert.equal(connected.size, 2)
    silent = [...connected][0]
    const answers = await askTwice()
    assert.deepEqual(answers.map(({ type }) => type).sort(), ['unavailable', 'unknown'])
    const [late] = answers.filter((answer) => answer.type === 'unavailable')
    assert.deepEqual([late?.answersOthers, late?.reason], [true, '127.0.0.1: no answer in time'])
    assert.equal(await scene.judge('erika', password), 'right', 'the server does not rest')
  })

  test(
    say('an entry in which somebody writes megabytes is no load, and keeps nobody out'),
    async (t) => {
      const { db } = await engine.open(t)
      const slapd = await startSlapd(t, { config: 'maxsize 134217728' })
      const dn = await slapd.addPerson('mallory', password, { displayName: 'Mallory' })
      await slapd.addPerson('erika', password)
      let bytes = 0
      const pass = (piece: Buffer, to: Socket) => {
        bytes += piece.length
        to.write(piece)
      }
      const url = await openLine(t, { url: slapd.url, pass })
      const described = { ...(await describeSlapd(t, slapd)), servers: [url] }
      const scene = openDirectories(t, db, [described])
      await slapd.change(dn, { departmentNumber: ['a', 'b', 'c'].map((one) => one + long) })
      assert.equal(await scene.judge('mallory', 'not it'), 'wrong')
      assert.ok(bytes < 50_000, `${bytes} bytes for a wrong password`)
      const outcome = await scene.verify('mallory', password)
      assert.ok(outcome.type === 'right')
      assert.equal(outcome.user.displayName, 'Mallory')
      assert.match(JSON.stringify(scene.entries), /an entry is too long to be read/)
      await slapd.change(dn, { displayName: long, mail: ['erika@example.org', `${long}@x.org`] })
      assert.equal(await scene.judge('mallory', password), 'right')
      const named = requireFound(await scene.directory.findByName(db, 'mallory'))
      assert.deepEqual([named?.displayName, named?.email], ['mallory', null])
      assert.equal(await scene.judge('erika', password), 'right')
      assert.doesNotMatch(JSON.stringify(scene.entries), /does not answer/)
    },
  )
})
