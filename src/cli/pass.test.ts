import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const reason = ['--reason', 'phone stolen']

test('a pass is printed once, listed without its code, and can be revoked', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  const issued = await einlass(['pass', 'issue', 'Erika', '--for', '2h', ...reason])
  assert.equal(issued.code, 0, issued.stderr)
  assert.match(issued.stdout, /^Pass for erika: \d{3} \d{3} \d{3} \d{3}$/m)
  assert.match(issued.stdout, /for one login, together with the password/)
  const [, code = 'none'] = /erika: ([\d ]+)$/m.exec(issued.stdout) ?? []
  const listed = await einlass(['pass', 'list', 'erika'])
  assert.match(listed.stdout, /valid +cli:.* +phone stolen/)
  assert.ok(!listed.stdout.includes(code))
  const next = await einlass(['pass', 'issue', 'erika', ...reason, '--json'])
  assert.equal((next.json() as { isReplaced: boolean }).isReplaced, true)
  const revoked = await einlass(['pass', 'revoke', 'erika'])
  assert.match(revoked.stdout, /The pass of erika has ended\. Sessions ended: 0/)
  const again = await einlass(['pass', 'revoke', 'erika'])
  assert.match(again.stdout, /erika had no valid pass.*Nothing was enrolled since a pass was used/)
  const states = (await einlass(['pass', 'list', 'erika', '--json'])).json()
  assert.deepEqual(
    (states as { state: string }[]).map(({ state }) => state),
    ['ended', 'ended'],
  )
})

test('a pass needs a reason, a lifetime within the limit, and a user who can log in', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  assert.equal((await einlass(['pass', 'issue', 'erika'])).code, 64)
  assert.equal((await einlass(['pass', 'issue', 'erika', '--reason', ' '])).code, 64)
  assert.equal((await einlass(['pass', 'issue', 'erika', ...reason, '--for', 'long'])).code, 64)
  const tooLong = await einlass(['pass', 'issue', 'erika', ...reason, '--for', '3d'])
  assert.equal(tooLong.code, 64)
  assert.match(tooLong.stderr, /at most 24 hours \(service_desk\.pass_max_lifetime\)/)
  assert.equal((await einlass(['pass', 'issue', 'nobody', ...reason])).code, 1)
  await einlass(['user', 'disable', 'erika'])
  const disabled = await einlass(['pass', 'issue', 'erika', ...reason])
  assert.match(disabled.stderr, /erika is disabled/)
  assert.equal((await einlass(['pass', 'list', 'erika', '--json'])).stdout, '[]\n')
})

test('pass approve refuses a request that is not open', async (t) => {
  const { einlass } = await openTerminal(t)
  await einlass(['user', 'add', 'erika'])
  const none = await einlass(['pass', 'approve', 'K7QM-3XPA'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /There is no open request "K7QM-3XPA"/)
})
