// What a browser keeps for its next login, with the routes and a database.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'

type Scene = Awaited<ReturnType<typeof createAccountScene>>

const right = { username: 'erika', password: 'password of erika', action: 'login' }

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Scene) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = await createAccountScene(db)
      t.after(() => scene.settle())
      await run(scene)
    })

  on(
    'a browser remembers the user name only if the box was ticked and the password was right',
    async (scene) => {
      const one = scene.browser()
      const logIn = async (more: object) =>
        await one.answer(await one.open('/login'), { ...right, ...more })
      const first = await one.open('/login')
      assert.match(first.text, /<input type="checkbox" name="remember" value="1">/)
      await logIn({})
      assert.equal(one.jar.get('einlass_name'), undefined)
      one.jar.delete('einlass_session')
      const refused = await logIn({ remember: '1', password: 'wrong' })
      assert.equal(one.jar.get('einlass_name'), undefined)
      assert.match(refused.text, /name="remember" value="1" checked/, 'the tick stays')
      await logIn({ remember: '1' })
      assert.match(one.jar.get('einlass_name') ?? '', /^v1\./)
      assert.doesNotMatch(one.jar.get('einlass_name') ?? '', /erika/)
    },
  )

  on('the login page greets a remembered user and asks only for the password', async (scene) => {
    const one = scene.browser()
    await one.answer(await one.open('/login'), { ...right, remember: '1' })
    one.jar.delete('einlass_session')
    const page = await one.open('/login')
    assert.match(page.text, /<h1[^>]*>(?:Guten Tag|Hello), erika<\/h1>/)
    assert.match(page.text, /name="username" value="erika"[^>]* hidden readonly/)
    assert.match(page.text, /name="remember" value="1" checked/)
    await one.answer(page, { ...right, remember: '1' })
    assert.ok(one.jar.get('einlass_session'))
    assert.ok(one.jar.get('einlass_name'))
  })

  on('a login without the tick removes the remembered name', async (scene) => {
    const one = scene.browser()
    await one.answer(await one.open('/login'), { ...right, remember: '1' })
    one.jar.delete('einlass_session')
    await one.answer(await one.open('/login'), right)
    assert.equal(one.jar.get('einlass_name'), undefined)
  })

  on('the button for another person removes the remembered name', async (scene) => {
    const one = scene.browser()
    await one.answer(await one.open('/login'), { ...right, remember: '1' })
    one.jar.delete('einlass_session')
    await one.open('/login')
    assert.equal((await one.raw.post('/login', { forget: '1' })).status, 403, 'not our form')
    const reply = await one.raw.post('/login', { forget: '1', form_token: one.raw.formToken() })
    assert.deepEqual([reply.status, reply.headers.get('location')], [303, '/login'])
    assert.equal(one.jar.get('einlass_name'), undefined)
    assert.doesNotMatch((await one.open('/login')).text, /erika/)
  })

  on('the login page does not show a name that this server did not seal', async (scene) => {
    const one = scene.browser()
    await one.open('/login')
    for (const planted of ['erika', 'v1.test.AAAA', 'x'.repeat(3600)]) {
      one.jar.set('einlass_name', planted)
      assert.doesNotMatch((await one.open('/login')).text, /erika|class="not-you"/)
    }
  })
})
