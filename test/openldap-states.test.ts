/** States of passwords and accounts that a real OpenLDAP tells by its policy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine, type Scope } from '../src/dev/test-support/on-each-engine.ts'
import { describeSlapd, openDirectories } from './support/directory-scene.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: Scope) {
    const { db } = await engine.open(t)
    const slapd = await startSlapd(t)
    const dn = await slapd.addPerson('erika', password)
    return { slapd, dn, ...openDirectories(t, db, [await describeSlapd(t, slapd)]) }
  }

  test(
    say(
      'an expired password in its grace is changed here at once, or says how often it is still taken',
    ),
    async (t) => {
      const here = await setUp(t)
      const { slapd, dn } = here
      const policy = `cn=default,ou=policies,${slapd.baseDn}`
      await slapd.change(policy, { pwdMaxAge: '86400', pwdGraceAuthNLimit: '3' })
      await slapd.expirePassword(dn)
      assert.equal(await here.judge('erika', 'wrong'), 'wrong')
      assert.equal(await here.judge('erika', password), 'expired')
      const { db } = await engine.open(t)
      const closed = { ...(await describeSlapd(t, slapd)), write_passwords: false }
      const elsewhere = openDirectories(t, db, [closed])
      for (const left of [1, 0]) {
        const outcome = await elsewhere.verify('erika', password)
        assert.ok(outcome.type === 'right', outcome.type)
        assert.equal(outcome.graceLogins, left)
      }
      assert.equal(await elsewhere.judge('erika', password), 'expired')
    },
  )

  test(
    say('outside of the time in which an account is valid nobody gets in, and sessions end'),
    async (t) => {
      const { slapd, dn, db, ...scene } = await setUp(t)
      const outcome = await scene.verify('erika', password)
      assert.ok(outcome.type === 'right')
      const ask = () => scene.directory.checkAccount?.(db, outcome.user.id)
      assert.deepEqual(await ask(), { type: 'current' })
      await slapd.change(dn, { pwdStartTime: '20200101000000Z', pwdEndTime: '29990101000000Z' })
      assert.deepEqual(await ask(), { type: 'current' })
      assert.equal(await scene.judge('erika', password), 'right')
      const expired = { type: 'refused', reason: 'account_expired' }
      for (const values of [
        { pwdEndTime: '20200102000000Z' },
        { pwdStartTime: '29980101000000Z', pwdEndTime: '29990101000000Z' },
      ]) {
        await slapd.change(dn, values)
        assert.deepEqual(await ask(), expired)
        assert.equal(await scene.judge('erika', password), 'locked')
      }
    },
  )
})
