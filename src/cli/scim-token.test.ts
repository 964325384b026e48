import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('a token is printed once, listed without its secret, and can be removed', async (t) => {
  const { einlass } = await openTerminal(t)
  const created = await einlass(['scim-token', 'create', 'entra', '--network', '192.0.2.0/24'])
  assert.equal(created.code, 0, created.stderr)
  const secret = /^SCIM token: (\S{43})$/m.exec(created.stdout)?.[1] ?? ''
  const id = /^(pvt_\S+), for entra\. Address: \S*\/scim\/v2$/m.exec(created.stdout)?.[1] ?? ''
  assert.match(created.stdout, /only users that entra has provisioned/)
  const list = await einlass(['scim-token', 'list'])
  assert.match(
    list.stdout,
    new RegExp(`^${id} +entra +.* never +192.0.2.0/24 +its own +nothing +cli:`, 'm'),
  )
  assert.equal(list.stdout.includes(secret), false)
  const removed = await einlass(['scim-token', 'remove', id])
  assert.match(removed.stdout, /is removed\. The users and groups of entra stay/)
  assert.equal((await einlass(['scim-token', 'list', '--json'])).stdout.trim(), '[]')
  const again = await einlass(['scim-token', 'remove', id])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /There is no SCIM token/)
})

test('the commands show which addresses and numbers of the system of a token are verified', async (t) => {
  const { einlass } = await openTerminal(t)
  const none = await einlass(['scim-token', 'create', 'entra'])
  assert.match(none.stdout, /Apps hear that no address and no telephone number of its users are/)
  const verifying = ['--verified-mail-domain', 'Example.org', '--verified-phone-numbers']
  const created = await einlass(['scim-token', 'create', 'okta', ...verifying])
  assert.match(created.stdout, /addresses in example\.org and all telephone numbers of its users/)
  const list = await einlass(['scim-token', 'list'])
  assert.match(list.stdout, /its own +example\.org, phone numbers +cli:/)
  const wrong = await einlass(['scim-token', 'create', 'x', '--verified-mail-domain', '@x.org'])
  assert.equal(wrong.code, 64)
  assert.match(wrong.stderr, /--verified-mail-domain\n +found: +"@x\.org"/)
})

test('a token can be allowed to take over users, and an invalid name or network is refused', async (t) => {
  const { einlass } = await openTerminal(t)
  const taking = await einlass(['scim-token', 'create', 'okta', '--take-over'])
  assert.match(taking.stdout, /It may take over local users without a role/)
  const wrong: [readonly string[], RegExp][] = [
    [['a b'], /NAME\n +found: +"a b"/],
    [['okta', '--network', 'home'], /--network\n +found: +"home"/],
  ]
  for (const [typed, text] of wrong) {
    const refused = await einlass(['scim-token', 'create', ...typed])
    assert.equal(refused.code, 64)
    assert.match(refused.stderr, text)
  }
})
