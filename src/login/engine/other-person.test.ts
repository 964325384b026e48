// A login form is open while the browser gets a session in another tab.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'

async function stage(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  const scene = await createAccountScene(db)
  t.after(() => scene.settle())
  const max = await scene.addUser('max')
  const one = await scene.loggedIn({ user: max })
  return {
    ...scene,
    one,
    /** The status, and who is logged in in the browser then. */
    async login(username: string, password: string) {
      const form = { version: '0', action: 'login', username, password }
      const { status } = await one.post('/login', form)
      const session = await scene.sessions.find(one.jar.get('einlass_session') ?? '')
      return { status, person: session?.username, isSame: session?.id === one.sessionId }
    },
  }
}

onEachEngine((engine) => {
  test(`a login form for another user logs this user in and ends the session of the first user (${engine.name})`, async (t) => {
    const { login, sessions, one, ended } = await stage(engine, t)
    const after = await login('Erika', 'password of erika')
    assert.deepEqual(after, { status: 303, person: 'erika', isSame: false })
    assert.equal(await sessions.findById(one.sessionId), undefined)
    assert.deepEqual(ended, [one.sessionId])
  })

  test(`a login form for another user with a wrong password leaves the session unchanged (${engine.name})`, async (t) => {
    const { login } = await stage(engine, t)
    for (const name of ['erika', 'nobody']) {
      assert.deepEqual(await login(name, 'wrong'), { status: 422, person: 'max', isSame: true })
    }
  })

  test(`a login form for the user who has logged in meanwhile continues without the password (${engine.name})`, async (t) => {
    const { login } = await stage(engine, t)
    for (const name of [' MAX', '']) {
      assert.deepEqual(await login(name, 'wrong'), { status: 303, person: 'max', isSame: true })
    }
  })
})
