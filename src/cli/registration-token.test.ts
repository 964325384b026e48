import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'
import { hours } from '../platform/kernel/clock.ts'

interface Listed {
  readonly usesLeft: number
  readonly createdAt: number
  readonly expiresAt: number
}

test('a token is printed once, listed without its secret, and can be revoked', async (t) => {
  const { einlass } = await openTerminal(t)
  const order = ['--name', 'CI', '--uses', '3', '--for', '7d', '--allowed-group', 'office']
  const issued = await einlass(['registration-token', 'issue', ...order, '--level', 'code'])
  assert.equal(issued.code, 0, issued.stderr)
  const secret = /^Registration token: (\S{43})$/m.exec(issued.stdout)?.[1] ?? ''
  const id = /^(rgt_\S+), for 3 apps, until /m.exec(issued.stdout)?.[1] ?? ''
  assert.match(issued.stdout, /Only members of office may enter its apps/)
  assert.match(issued.stdout, /Warning: oidc.dynamic_registration is off/)
  assert.match(issued.stdout, /Nobody is in the group office yet/)
  const list = await einlass(['registration-token', 'list'])
  assert.match(list.stdout, new RegExp(`^${id} +CI +valid +0 of 3 +.* office +cli:`, 'm'))
  assert.equal(list.stdout.includes(secret), false)
  assert.equal((await einlass(['registration-token', 'revoke', id])).code, 0)
  assert.match((await einlass(['registration-token', 'list'])).stdout, / revoked /)
  const again = await einlass(['registration-token', 'revoke', id])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /There is no registration token ".*" that could be revoked/)
})

test('a token without options is valid for one app and 24 hours', async (t) => {
  const { einlass } = await openTerminal(t)
  const issued = await einlass(['registration-token', 'issue'])
  assert.equal(issued.code, 0, issued.stderr)
  assert.match(issued.stdout, /, for one app, until /)
  const listed = (await einlass(['registration-token', 'list', '--json'])).json()
  const [{ usesLeft, createdAt, expiresAt } = assert.fail()] = listed as Listed[]
  assert.deepEqual([usesLeft, expiresAt - createdAt], [1, hours(24)])
})

test('a token with an empty name, no uses, a bad lifetime or an unknown scope is refused', async (t) => {
  const { einlass } = await openTerminal(t)
  const named = ['--name', 'CI']
  const wrong: [readonly string[], RegExp][] = [
    [['--name', ' '], /--name\n +found: +" "/],
    [[...named, '--uses', '0'], /--uses\n +found: +"0"/],
    [[...named, '--for', '400d'], /--for\n +found: +"400d"/],
    [[...named, '--for', 'ever'], /--for\n +found: +"ever"/],
    [[...named, '--scope', 'all'], /--scope\n +found: +"all"/],
    [[...named, '--pkce', 'never'], /--pkce\n +found: +"never"/],
    [[...named, '--assertion-audience', 'all'], /--assertion-audience\n +found: +"all"/],
    [[...named, '--level', 'high'], /--level\n +found: +"high"/],
  ]
  for (const [typed, text] of wrong) {
    const refused = await einlass(['registration-token', 'issue', ...typed])
    assert.equal(refused.code, 64, typed.join(' '))
    assert.match(refused.stderr, text)
  }
  assert.equal((await einlass(['registration-token', 'list', '--json'])).stdout.trim(), '[]')
})

test('app adopt refuses an app that an administrator added', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['app', 'add', 'wiki', '--redirect-uri', 'https://wiki.example.org/cb'])
  const refused = await einlass(['app', 'adopt', 'wiki'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /wiki has not registered itself/)
  assert.match((await einlass(['app', 'adopt', 'nobody'])).stderr, /There is no app "nobody"/)
})
