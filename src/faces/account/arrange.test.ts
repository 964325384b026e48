import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createAccountScene } from '../../dev/test-support/account.ts'
import { type Engine, onEachEngine } from '../../dev/test-support/on-each-engine.ts'

async function start(engine: Engine, t: TestContext) {
  const { db } = await engine.open(t)
  const scene = await createAccountScene(db)
  for (const id of ['a', 'b', 'c', 'd']) {
    scene.tiles.push({ id, name: `App ${id}`, href: `https://${id}.example.org/` })
  }
  const one = await scene.loggedIn()
  const read = async (path = '/') => {
    const text = await (await one.raw.get(path)).text()
    return [...text.matchAll(/href="https:\/\/(\w)\.example/g)].map(([, id]) => id).join('')
  }
  const post = async (fields: Record<string, string>) => {
    const form_token = one.raw.formToken()
    const reply = await one.raw.post('/account/apps', { form_token, ...fields })
    return [reply.status, reply.headers.get('location')]
  }
  return { ...scene, db, one, read, post }
}

onEachEngine((engine) => {
  const on = (name: string, run: (scene: Awaited<ReturnType<typeof start>>) => Promise<void>) =>
    test(`${name} (${engine.name})`, async (t) => await run(await start(engine, t)))

  on('buttons move an app up or down, and the order stays at the next login', async (scene) => {
    const { post, read, loggedIn } = scene
    assert.deepEqual(await post({ move: 'down a' }), [303, '/account/apps?moved=a&by=down'])
    assert.equal(await read(), 'bacd')
    await post({ move: 'up d' })
    assert.equal(await read(), 'badc')
    const later = await loggedIn()
    assert.match(await (await later.raw.get('/')).text(), /b\.example[\s\S]*a\.example/)
  })

  on('the server saves a dragged order, and sorting by name resets it', async ({ post, read }) => {
    assert.deepEqual(await post({ order: 'd c b a' }), [303, '/account/apps'])
    assert.equal(await read(), 'dcba')
    await post({ move: 'name' })
    assert.equal(await read(), 'abcd')
  })

  on('a new app comes last in the order, and a removed app leaves it', async (scene) => {
    const { post, read, tiles } = scene
    await post({ order: 'd c b a' })
    tiles.splice(1, 1)
    tiles.unshift({ id: 'e', name: 'App e', href: 'https://e.example.org/' })
    assert.equal(await read(), 'dcae')
  })

  on('an invalid order changes nothing', async ({ post, read }) => {
    const wrong = [
      { order: '' },
      { order: 'x y' },
      { move: 'up' },
      { move: 'up x' },
      { move: 'up a' },
      { move: 'down d' },
      { move: 'sideways b' },
      { order: `${'z '.repeat(5000)}` },
    ]
    for (const fields of wrong) {
      assert.equal((await post(fields))[0], 303)
      assert.equal(await read(), 'abcd')
    }
    await post({ order: 'c c a' })
    assert.equal(await read(), 'cabd')
  })

  on('a form without a form token changes nothing', async ({ one, read }) => {
    assert.equal((await one.raw.post('/account/apps', { move: 'down a' })).status, 403)
    assert.equal(await read(), 'abcd')
  })

  on('each user has their own order', async ({ post, addUser, loggedIn }) => {
    await post({ order: 'd c b a' })
    const other = await loggedIn({ user: await addUser('max') })
    const text = await (await other.raw.get('/')).text()
    assert.match(text, /a\.example[\s\S]*d\.example/)
  })

  on('the search matches all words, regardless of case and accents', async (scene) => {
    const { tiles, read } = scene
    tiles.splice(0, 4)
    for (let n = 0; n < 9; n++) {
      tiles.push({ id: `${n}`, name: `App ${n}`, href: `https://${n}.example.org/` })
    }
    tiles.push({ id: 'z', name: 'Ärzte-Verzeichnis Süd', href: 'https://z.example.org/' })
    assert.equal(await read('/?q=arzte%20SUD'), 'z')
    assert.equal(await read('/?q=app'), '012345678')
    assert.equal(await read('/?q=nothing'), '')
    assert.equal(await read('/?q=%20'), '012345678z')
  })

  on(
    'if there are many apps, the start page shows the most recently opened apps first',
    async (scene) => {
      const { tiles, read } = scene
      tiles.splice(0, 4)
      for (let n = 0; n < 9; n++) {
        const lastUsedAt = [undefined, 50, undefined, 90, 10, 70][n]
        const used = lastUsedAt === undefined ? {} : { lastUsedAt }
        tiles.push({ id: `${n}`, name: `App ${n}`, href: `https://${n}.example.org/`, ...used })
      }
      assert.equal(await read(), '351012345678')
      assert.equal(await read('/?q=app'), '012345678')
      tiles.pop()
      assert.equal(await read(), '01234567')
    },
  )
})
