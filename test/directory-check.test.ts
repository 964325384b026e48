/** `einlass directory test` and the look at the start, with a real OpenLDAP and a real Active Directory. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPort } from '../scripts/testing/ports.ts'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createAuthority } from './support/certificate.ts'
import { type DirectorySettings, describeSlapd, writeAuthority } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { startSlapd } from './support/slapd.ts'

const password = 'Regenschirm im Mai'

async function setUp(t: Scope, change: (settings: DirectorySettings) => DirectorySettings) {
  const slapd = await startSlapd(t)
  await slapd.addPerson('erika', password)
  const directories = [{ name: 'local', kind: 'local' }, change(await describeSlapd(t, slapd))]
  const installation = await createInstallation(t, { config: { directories } })
  return {
    slapd,
    installation,
    async check(...names: string[]) {
      const { ended, asked } = await installation.converse(['directory', 'test', ...names])
      const { code, stdout } = await ended
      assert.ok(!`${stdout}${asked()}`.includes(slapd.bindAccount.password))
      return { code, text: stdout + asked() }
    },
  }
}

test('the check reports a directory that works, and the account that a name belongs to', async (t) => {
  const { check, slapd } = await setUp(t, (settings) => ({ ...settings, lockout_threshold: 5 }))
  const { code, text } = await check('STAFF\\erika')
  assert.equal(code, 0, text)
  assert.match(text, new RegExp(`ok +${slapd.url} is encrypted`))
  assert.match(text, /ok +base dc=example,dc=org is there/)
  assert.match(text, /ok +people are found, for example uid=erika/)
  assert.match(text, /ok +5 wrong passwords lock an account/)
  assert.match(text, /"STAFF\\erika" is the account erika of the directory staff, and has not/)
  assert.match((await check('nobody')).text, /"nobody" is the name of nobody/)
})

const mistakes: readonly (readonly [string, DirectorySettings, RegExp])[] = [
  ['a wrong password of the bind account', { bind_password: 'other' }, /does not let bind_name in/],
  ['a base that is not there', { base: 'ou=nowhere,dc=example,dc=org' }, /FAILED +base ou=nowhere/],
  ['a base that is no DN', { base: 'nowhere' }, /FAILED +base nowhere is not the name/],
  ['a base without people', { base: 'ou=groups,dc=example,dc=org' }, /there is nobody whom/],
  [
    'groups that are not there',
    { group_base: 'ou=x,dc=example,dc=org' },
    /FAILED +group_base ou=x/,
  ],
  ['an unknown rule for lock-outs', {}, /WARNING +after how many wrong passwords/],
]

for (const [what, wrong, said] of mistakes) {
  test(`${what} is reported by the check and in the log, and does not stop the server`, async (t) => {
    const { check, installation } = await setUp(t, (settings) => ({ ...settings, ...wrong }))
    const { code, text } = await check()
    assert.match(text, said)
    assert.equal(code, text.includes('FAILED') ? 69 : 0)
    const node = await installation.serve()
    const warning = /"directory":"staff".*a directory of users: .*einlass directory test says more/
    while (!warning.test(node.output())) await sleep(50)
  })
}

test('the check reports an unknown authority and an unreachable server for each server', async (t) => {
  const port = await findPort()
  const other = await writeAuthority(t, createAuthority().cert)
  const { check } = await setUp(t, (settings) => ({ ...settings, ca_file: other }))
  const { text: unknown } = await check()
  assert.match(
    unknown,
    /FAILED +ldaps:\/\/127\.0\.0\.1:\d+: .*certificate.*; .*ca_file of the direct/,
  )
  assert.doesNotMatch(unknown, /use-system-ca/)
  const { check: again } = await setUp(t, (settings) => ({
    ...settings,
    servers: [`ldaps://127.0.0.1:${port}`, ...(settings.servers as string[])],
  }))
  const { code, text } = await again('erika')
  assert.equal(code, 69)
  assert.match(text, /FAILED +ldaps:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
  assert.match(text, /ok +ldaps:/)
  assert.match(text, /"erika" is the account erika of the directory staff/)
})
