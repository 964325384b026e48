// A system that provisions users by HTTP, against a running server: joiner, login, leaver.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { erika, patchOf } from '../src/dev/test-support/scim-scene.ts'
import { createInstallation } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`a user created by SCIM can log in, and a deactivation by SCIM ends the session at once (${storage})`, async (t) => {
    const installation = await createInstallation(t, {
      storage,
      config: { default_policy: { second_factor: 'none' } },
    })
    await installation.serve()
    const { publicUrl, command } = installation
    const created = await command(['scim-token', 'create', 'entra', '--json'])
    const { token, address } = JSON.parse(created)
    assert.equal(address, `${publicUrl}/scim/v2`)
    const send = (method: string, path: string, body?: object) =>
      fetch(`${address}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        ...(body && { body: JSON.stringify(body) }),
      })
    assert.equal((await fetch(`${address}/Users`)).status, 401)
    assert.equal((await fetch(address)).status, 401)
    const added = await send('POST', '/Users', erika)
    assert.equal(added.status, 201)
    const { id } = (await added.json()) as { id: string }
    const who = { username: 'erika', password: 'Regenschirm im Mai' }
    await command(['user', 'set-password', 'erika', '--password-stdin'], who.password)
    const browser = createPlainBrowser(publicUrl)
    await enterPassword(browser, who)
    assert.equal((await browser.get('/account')).status, 200)
    const off = await send(
      'PATCH',
      `/Users/${id}`,
      patchOf({ op: 'replace', path: 'active', value: false }),
    )
    assert.equal(off.status, 200)
    assert.equal((await browser.get('/account')).status, 303)
    const removed = await send('DELETE', `/Users/${id}`)
    assert.deepEqual([removed.status, await removed.text()], [204, ''])
  })
}
