/** A real OpenLDAP behind a line that is hostile, slow, or has much to carry. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
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
      }
      const honest = await open()
      assert.equal(await honest.users.count(db), 0)
      assert.equal(await honest.judge('erika', 'not it'), 'wrong')
      assert.equal(await honest.judge('erika', password), 'right')
    },
  )
})
