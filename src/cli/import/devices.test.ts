import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { amProfiles } from '../../dev/test-support/am-profiles.ts'
import { openTerminal } from '../../dev/test-support/cli.ts'

const { phone: phoneProfile, codes: codesProfile, encryptedPhone, key: amKey } = amProfiles
const secret = (JSON.parse(phoneProfile) as { sharedSecret: string }).sharedSecret

interface Report {
  readonly new: number
  readonly unchanged: number
  readonly passed: number
  readonly refusals: readonly { line: number; name?: string; reason: string }[]
  readonly leftOut: Readonly<Record<string, number>>
}

async function setUp(t: TestContext) {
  const terminal = await openTerminal(t)
  for (const name of ['erika', 'max']) {
    const { code } = await terminal.einlass(['user', 'add', name])
    assert.equal(code, 0)
  }
  const place = (name: string) => join(terminal.folder, name)
  return {
    ...terminal,
    place,
    write: (name: string, text: string) => writeFile(place(name), text),
    async run(what: string, name: string, ...options: string[]) {
      const args = ['import', what, place(name), '--json', ...options]
      const { stdout, stderr, code } = await terminal.einlass(args)
      for (const hidden of [secret, 'JBSWY3DP', 'A7E8CE46', encryptedPhone.slice(-40)])
        assert.ok(!`${stdout}${stderr}`.includes(hidden), 'no secret is shown')
      return { code, ...(JSON.parse(stdout) as Report) }
    },
    async listKinds(name: string): Promise<string[]> {
      const { stdout } = await terminal.einlass(['factor', 'list', name, '--json'])
      return (JSON.parse(stdout) as { kind: string }[]).map(({ kind }) => kind).toSorted()
    },
  }
}

const entry = (name: string, ...lines: string[]): string =>
  [`dn: uid=${name}`, 'objectClass: inetOrgPerson', `uid: ${name}`, ...lines].join('\n')

test('devices are imported from an LDIF of AM, but not those of users who had opted out', async (t) => {
  const { write, run, listKinds, place } = await setUp(t)
  const phone = JSON.parse(phoneProfile) as object
  const other = JSON.stringify({ ...phone, deviceMechanismUID: 'other' })
  const entries = [
    'dn: ou=people\nobjectClass: organizationalUnit\nou: people',
    entry(
      'erika',
      'push2faEnabled: 2',
      `pushDeviceProfiles:: ${Buffer.from(phoneProfile).toString('base64')}`,
      `oathDeviceProfiles: ${codesProfile}`,
      'webauthnDeviceProfiles: {}',
    ),
    entry('max', 'push2faEnabled: 1', `pushDeviceProfiles: ${other}`),
  ]
  await write('am.ldif', entries.join('\n\n'))
  const report = await run('am-devices', 'am.ldif', '--apply')
  assert.deepEqual([report.code, report.new, report.passed], [0, 1, 2])
  assert.deepEqual(report.leftOut, {
    webauthnDeviceProfiles: 1,
    'pushDeviceProfiles of people who had opted out': 1,
  })
  assert.deepEqual(await listKinds('erika'), ['push', 'totp'])
  assert.deepEqual(await listKinds('max'), [])
  const all = await run('am-devices', 'am.ldif', '--apply', '--opted-out')
  assert.deepEqual([all.new, all.unchanged], [1, 1])
  await write('am.pem', amKey)
  await write('jwe.ldif', entry('erika', `pushDeviceProfiles: ${encryptedPhone}`))
  const without = await run('am-devices', 'jwe.ldif')
  assert.deepEqual(without.refusals, [
    {
      line: 1,
      name: 'erika',
      reason: 'pushDeviceProfiles: it is encrypted, and no --key was given',
    },
  ])
  const withKey = await run('am-devices', 'jwe.ldif', '--key', place('am.pem'))
  assert.equal(withKey.unchanged, 1)
})

test('a device that a record has twice is imported once, and the others of the batch with it', async (t) => {
  const { write, run, listKinds, einlass } = await setUp(t)
  const phone = JSON.parse(phoneProfile) as object
  const other = JSON.stringify({ ...phone, deviceMechanismUID: 'other' })
  const again = JSON.stringify({ ...phone, deviceName: 'Pixel' })
  const { code } = await einlass(['user', 'add', 'moritz'])
  assert.equal(code, 0)
  const entries = [
    entry(
      'erika',
      ...[phoneProfile, again].map((one) => `pushDeviceProfiles: ${one}`),
      ...[codesProfile, codesProfile].map((one) => `oathDeviceProfiles: ${one}`),
    ),
    entry('max', `pushDeviceProfiles: ${phoneProfile}`),
    entry('moritz', `pushDeviceProfiles: ${other}`, 'pushDeviceProfiles: {}'),
    entry('moritz', `pushDeviceProfiles: ${other}`),
  ]
  await write('am.ldif', entries.join('\n\n'))
  const planned = await run('am-devices', 'am.ldif')
  const written = await run('am-devices', 'am.ldif', '--apply', '--skip-refused')
  assert.deepEqual(planned.refusals.map(({ name, reason }) => [name, reason]).toSorted(), [
    ['max', 'another user of the file has it'],
    ['moritz', 'pushDeviceProfiles: value 2 of 2: it is no profile of a device as AM writes it'],
  ])
  assert.deepEqual([written.new, written.refusals.length], [2, 2])
  assert.deepEqual(written.leftOut, { 'devices that their record has twice': 1 })
  assert.deepEqual(
    [await listKinds('erika'), await listKinds('max'), await listKinds('moritz')],
    [['push', 'totp'], [], ['push']],
  )
})

test('a record with two phones of one id is refused, as only its owner knows which of them is in use', async (t) => {
  const { write, run, listKinds } = await setUp(t)
  const phone = JSON.parse(phoneProfile) as object
  const other = JSON.stringify({ ...phone, deviceId: 'f'.repeat(64) })
  const entries = [
    entry('erika', ...[phoneProfile, other].map((one) => `pushDeviceProfiles: ${one}`)),
    entry('max', `oathDeviceProfiles: ${codesProfile}`),
  ]
  await write('am.ldif', entries.join('\n\n'))
  const report = await run('am-devices', 'am.ldif', '--apply', '--skip-refused')
  assert.deepEqual(
    report.refusals.map(({ name, reason }) => [name, reason]),
    [['erika', 'pushDeviceProfiles: value 2 of 2: another value has its deviceMechanismUID']],
  )
  assert.deepEqual([await listKinds('erika'), await listKinds('max')], [[], ['totp']])
})

test('a file with several keys of a keystore decrypts with the one that fits, in any order', async (t) => {
  const { write, run, place } = await setUp(t)
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { privateKey: curve } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const unfitting = [rsa, curve].map((key) => `${key.export({ type: 'pkcs8', format: 'pem' })}`)
  await write('jwe.ldif', entry('erika', `pushDeviceProfiles: ${encryptedPhone}`))
  for (const keys of [
    [...unfitting, amKey],
    [amKey, ...unfitting],
  ]) {
    const bags = keys.map((key, index) => `Bag Attributes\n    friendlyName: key ${index}\n${key}`)
    await write('all.pem', bags.join('\n'))
    const report = await run('am-devices', 'jwe.ldif', '--key', place('all.pem'))
    assert.deepEqual([report.new, report.refusals], [1, []])
  }
  await write('unfitting.pem', unfitting.join('\n'))
  const report = await run('am-devices', 'jwe.ldif', '--key', place('unfitting.pem'))
  assert.match(report.refusals[0]?.reason ?? '', /cannot be decrypted with this key/)
})

test('recovery codes that are not imported are named, those in the clear and those that AM hashed', async (t) => {
  const { write, run } = await setUp(t)
  const phone = JSON.parse(phoneProfile) as object
  const codes = JSON.parse(codesProfile) as object
  const plain = JSON.stringify({ ...phone, recoveryCodes: ['a1B2c3D4e5', 'f6G7h8I9j0'] })
  const hashed = JSON.stringify({
    ...codes,
    recoveryCodes: ['{"$crypto":{"type":"salted-hash","value":"x"}}'],
  })
  await write(
    'am.ldif',
    [
      entry('erika', `pushDeviceProfiles: ${plain}`),
      entry('max', `oathDeviceProfiles: ${hashed}`),
    ].join('\n\n'),
  )
  const without = await run('am-devices', 'am.ldif')
  assert.deepEqual(without.leftOut, {
    'recovery codes of pushDeviceProfiles, without --recovery-codes': 1,
    'recovery codes of oathDeviceProfiles that AM hashed': 1,
  })
  const asked = await run('am-devices', 'am.ldif', '--recovery-codes')
  assert.deepEqual(asked.leftOut, { 'recovery codes of oathDeviceProfiles that AM hashed': 1 })
})

test('a check refuses what --apply refuses when the phones of a user are in several records', async (t) => {
  const { write, run } = await setUp(t)
  const phone = JSON.parse(phoneProfile) as object
  const listPhones = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => {
      const profile = { ...phone, deviceMechanismUID: `m${from + index}` }
      return `pushDeviceProfiles: ${JSON.stringify(profile)}`
    })
  const entries = [
    entry('erika', ...listPhones(0, 6)),
    entry('ERIKA', ...listPhones(6, 11)),
    entry('erika', ...listPhones(4, 6)),
    entry('erika', ...listPhones(6, 10)),
  ]
  await write('am.ldif', entries.join('\n\n'))
  const planned = await run('am-devices', 'am.ldif')
  const written = await run('am-devices', 'am.ldif', '--apply', '--skip-refused')
  for (const { new: added, unchanged, refusals } of [planned, written])
    assert.deepEqual(
      [added, unchanged, refusals.map(({ reason }) => reason)],
      [2, 1, ['the user would have more than 10 of its kind']],
    )
})

test('a damaged profile is refused, and so is a file that is not a private key', async (t) => {
  const { write, run, einlass, place } = await setUp(t)
  await write('am.ldif', [entry('erika', 'pushDeviceProfiles: {"x":1}'), entry('max')].join('\n\n'))
  const report = await run('am-devices', 'am.ldif', '--apply')
  assert.deepEqual([report.code, report.new, report.passed], [65, 0, 1])
  assert.match(report.refusals[0]?.reason ?? '', /no profile of a device as AM writes it/)
  for (const key of ['am.ldif', 'none.pem']) {
    const args = ['import', 'am-devices', place('am.ldif'), '--key', place(key)]
    const { code, stderr } = await einlass(args)
    assert.equal(code, 64)
    assert.match(stderr, /--key: .* is no private key in PEM/)
  }
})

test('code apps are imported from CSV with otpauth addresses or secrets', async (t) => {
  const { write, run, listKinds } = await setUp(t)
  const rows = [
    'username,name,secret,digits,otpauth',
    'erika,Pixel,JBSW Y3DP EHPK 3PXP,8,',
    'MAX,,,,otpauth://totp/x?secret=JBSWY3DPEHPK3PXP',
    'nobody,,JBSWY3DPEHPK3PXP,,',
    'erika,,GEZDGNBVGY3TQOJQ,,',
    ' ERIKA ,,JBSWY3DPEHPK3PXP,,',
    'moritz,,,,',
  ]
  await write('codes.csv', rows.join('\n'))
  const report = await run('totp', 'codes.csv', '--apply', '--skip-refused')
  assert.equal(report.new, 3)
  assert.deepEqual(report.refusals, [
    { line: 6, name: 'ERIKA', reason: 'the file has it in line 2 already' },
    { line: 7, reason: 'it has neither otpauth nor secret' },
    { line: 4, name: 'nobody', reason: 'there is no user with this name' },
  ])
  assert.deepEqual(await listKinds('erika'), ['totp', 'totp'])
  assert.equal((await run('totp', 'codes.csv', '--apply', '--skip-refused')).unchanged, 3)
})

test('code apps are imported from a list of otpauth addresses, whose account is the username', async (t) => {
  const { write, run, listKinds } = await setUp(t)
  const lines = [
    'otpauth://totp/Beispiel%20AG:erika?secret=JBSWY3DPEHPK3PXP&issuer=Beispiel%20AG',
    '',
    'otpauth://totp/max?secret=JBSWY3DPEHPK3PXP',
    'otpauth-migration://offline?data=CjEKCk',
    'otpauth://totp/%E0%A4%A?secret=JBSWY3DPEHPK3PXP',
  ]
  await write('codes.txt', lines.join('\r\n'))
  const report = await run('totp', 'codes.txt', '--apply', '--skip-refused')
  assert.deepEqual(
    [report.new, report.refusals.map(({ line, reason }) => `${line}: ${reason}`)],
    [2, ['4: it is no otpauth address', '5: it has no user name']],
  )
  assert.deepEqual([await listKinds('erika'), await listKinds('max')], [['totp'], ['totp']])
})
