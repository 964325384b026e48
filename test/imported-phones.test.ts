// People and their phones come from an AM server, and the phones know nothing of it: a login asks them, and they answer at the
// address of the old server.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { answerBody, parseNotification, refreshBody } from '#forgerock-push'
import { googleApplication, startSns } from '../src/dev/stand-ins/sns.ts'
import { amProfiles } from '../src/dev/test-support/am-profiles.ts'
import { createPlainBrowser, findNumber } from '../src/dev/test-support/plain-browser.ts'
import { createInstallation } from './support/installation.ts'
import { callServer } from './support/test-phone.ts'
import { enterPassword } from './support/way-in.ts'

const { encryptedPhone, phone: plain, key } = amProfiles
const profile = JSON.parse(plain) as Readonly<Record<string, string>>
const secret = Buffer.from(profile.sharedSecret ?? '', 'base64')
const erika = { username: 'erika', password: 'Regenschirm im Mai' }
/** Of that password, as a directory keeps it. */
const hash =
  '{SSHA512}y7n/wnnbR37AjwCbkzCb1Ics5NrATCCmmaz7zP/fToSqpZLZgVMZQxQsODn2kZvIQ6Kl1SzVhzMV7M6gDK330AABAgMEBQYH'

async function setUp(t: TestContext) {
  const sns = await startSns()
  t.after(() => sns.close())
  const folder = await mkdtemp(join(tmpdir(), 'einlass-am-'))
  t.after(() => rm(folder, { recursive: true }))
  const secretFile = join(folder, 'aws')
  await writeFile(secretFile, sns.credentials.secretAccessKey)
  const installation = await createInstallation(t, {
    config: {
      push: {
        senders: {
          sns: {
            region: sns.region,
            google_application_arn: googleApplication,
            access_key_id: sns.credentials.accessKeyId,
            secret_access_key_file: secretFile,
            endpoint: sns.origin,
          },
        },
      },
    },
  })
  return {
    sns,
    installation,
    async write(name: string, text: string) {
      await writeFile(join(folder, name), text)
      return join(folder, name)
    },
    async nextMessage(): Promise<Readonly<Record<string, string>>> {
      while (sns.published.length === 0) await sleep(10)
      const gcm = sns.published.shift()?.message.GCM as { data: Record<string, string> }
      return gcm.data
    },
  }
}

test('a user and a phone imported from AM can log in without a new enrolment', async (t) => {
  const { installation, write, nextMessage, sns } = await setUp(t)
  const entry = [
    'dn: uid=erika,ou=people,dc=example,dc=org',
    'objectClass: inetOrgPerson',
    'uid: erika',
    'cn: Erika Mustermann',
    `userPassword: ${hash}`,
    'push2faEnabled: 2',
    `pushDeviceProfiles: ${encryptedPhone}`,
  ]
  const ldif = await write('am.ldif', `${entry.join('\n')}\n`)
  const keyFile = await write('am.pem', key)
  await installation.command(['import', 'users', ldif, '--apply'])
  const importDevices = ['import', 'am-devices', ldif, '--key', keyFile, '--apply']
  assert.match(await installation.command(importDevices), /1 {2}new/)
  assert.match(await installation.command(importDevices), /1 {2}unchanged/)

  const server = await installation.serve()
  const browser = createPlainBrowser(server.url)
  const waiting = await enterPassword(browser, erika)
  const message = await nextMessage()
  const reading = parseNotification(message.message ?? '', secret)
  assert.ok(reading.type === 'ok')
  assert.equal(reading.notification.mechanismUid, profile.deviceMechanismUID)
  const body = answerBody({
    client: 'android',
    messageId: message.messageId ?? '',
    challenge: reading.notification.challenge,
    secret,
    answer: { type: 'approve', number: findNumber(waiting) },
  })
  const old = `${server.url}/openam/json/realms/root/push/sns/message`
  assert.equal((await callServer(`${old}?_action=authenticate`, body)).status, 200)
  await browser.answer(waiting, { action: 'resend' })
  assert.notEqual(browser.cookie('einlass_session'), undefined)
  assert.equal(sns.endpoints[0]?.token, profile.deviceId)

  const phone = {
    mechanismUid: profile.deviceMechanismUID ?? '',
    deviceId: 'cNew:APA91b-Token_2',
    deviceType: 'android' as const,
    communicationType: 'gcm' as const,
    deviceName: 'Pixel',
  }
  const refreshed = refreshBody({ client: 'android', secret, phone })
  assert.equal((await callServer(`${old}?_action=refresh`, refreshed)).status, 200)
  assert.match(await installation.command(importDevices), /1 {2}unchanged/)
})

test('a recovery code that AM stored in plain text is valid once', async (t) => {
  const { installation, write } = await setUp(t)
  await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
  const device = JSON.stringify({ ...profile, recoveryCodes: ['aB3dEfGh1J', 'zY9xWvUt0S'] })
  const ldif = await write('am.ldif', `dn: uid=erika\nuid: erika\npushDeviceProfiles: ${device}\n`)
  await installation.command(['import', 'am-devices', ldif, '--recovery-codes', '--apply'])
  const server = await installation.serve()
  const enter = async (code: string) => {
    const browser = createPlainBrowser(server.url)
    const waiting = await enterPassword(browser, erika)
    const others = await browser.answer(waiting, { action: 'other' })
    const asked = await browser.answer(others, { action: 'recovery' })
    const next = await browser.answer(asked, { code, action: 'confirm' })
    return /<title>Fehler/.test(next.text) ? 'wrong' : 'right'
  }
  assert.equal(await enter('ab3defgh1j'), 'wrong')
  assert.equal(await enter('aB3dE fGh1J'), 'right')
  assert.equal(await enter('aB3dEfGh1J'), 'wrong')
  const used = await installation.db
    .selectFrom('recovery_codes')
    .select('id')
    .where('used_at', 'is not', null)
    .execute()
  assert.equal(used.length, 1)
})
