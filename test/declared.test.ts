/** What features declare of their own: audit events with their words, and notices. */

import assert from 'node:assert/strict'
import { glob } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { testKeyring as keyring } from '../src/dev/test-support/keyring.ts'
import { onEachEngine } from '../src/dev/test-support/on-each-engine.ts'
import { type Audit, createAudit } from '../src/identity/audit/audit.ts'
import { readAudit } from '../src/identity/audit/chain.ts'
import type { EventType } from '../src/identity/audit/event.ts'
import { verifyAudit } from '../src/identity/audit/verify.ts'
import { writeNotice } from '../src/identity/notify/mail/notify.ts'
import type { Notice } from '../src/identity/notify/notice.ts'
import { message } from '../src/platform/ui/message.ts'
import { createTranslator } from '../src/platform/ui/translate.ts'
import { allEventTypes } from '../src/server.ts'

const src = resolve(import.meta.dirname, '../src')

/** All that is exported by the files of that name and looks like what is wanted. */
async function findDeclared<Declared>(
  pattern: string,
  isDeclared: (value: unknown) => value is Declared,
): Promise<Declared[]> {
  const paths = (await Array.fromAsync(glob(pattern, { cwd: src }))).sort()
  const modules: object[] = []
  for (const path of paths) modules.push(await import(resolve(src, path)))
  return modules
    .flatMap((module) => Object.values(module))
    .filter((group) => typeof group === 'object')
    .flatMap((group) => Object.values(group))
    .filter(isDeclared)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const declaredEvents = await findDeclared(
  '**/*events.ts',
  (value): value is EventType => isObject(value) && 'type' in value && 'describe' in value,
)
const declaredNotices = await findDeclared(
  '**/notices.ts',
  (value): value is Notice => isObject(value) && 'kind' in value && 'ifNotYou' in value,
)

/** In the words of no person: what others did with an account as a whole, and the trail of the service itself. */
const notShown = [
  'app_adopted',
  'app_changed',
  'app_created',
  'app_earlier_secret_ended',
  'app_removed',
  'app_request_refused',
  'app_secret_renewed',
  'app_tested',
  'audit_log_keyed',
  'audit_log_shortened',
  'audit_receiver_moved',
  'authenticator_import_remembered',
  'authenticator_woken',
  'caller_asked',
  'database_restored',
  'desk_pass_requested',
  'login_failures_notified',
  'password_reset_flood',
  'password_spraying',
  'provisioned_group_created',
  'provisioned_group_removed',
  'provisioned_group_renamed',
  'provisioning_token_created',
  'provisioning_token_removed',
  'push_device_registered_again',
  'push_sent',
  'registration_token_issued',
  'registration_token_revoked',
  'row_forged',
  'rows_bound',
  'sealing_key_retired',
  'sealing_key_rotated',
  'session_handed_over',
  'setup_completed',
  'setup_link_created',
  'signing_key_rotated',
  'user_created',
  'user_erased',
  'user_group_added',
  'user_group_removed',
  'user_removed',
  'user_taken_over',
  'users_imported',
]

test('no two events are stored under the same type', () => {
  const types = declaredEvents.map(({ type }) => type)
  assert.ok(types.length > 40)
  assert.deepEqual([...new Set(types)], types)
})

test('every declared event is known to the activity page', () => {
  const known = allEventTypes.map(({ type }) => type)
  assert.deepEqual(known.toSorted(), declaredEvents.map(({ type }) => type).toSorted())
})

test('only the listed events are hidden from the user', () => {
  const hidden = declaredEvents.filter(({ describe }) => describe === undefined)
  assert.deepEqual(hidden.map(({ type }) => type).toSorted(), notShown)
})

test('every event that is shown has a text in both languages, even if its data is incomplete', () => {
  for (const { type, describe } of declaredEvents) {
    for (const data of [{}, { reason: 'x', name: 1, outcome: 'denied', left: 1 }]) {
      const said = describe?.(data, 'Wiki')
      if (said === undefined) continue
      for (const language of ['de', 'en'] as const) {
        assert.match(createTranslator(language)(said.text), /^[^{}]+$/, type)
      }
    }
  }
})

onEachEngine((engine) => {
  test(`every event has a unique type and keeps the audit chain intact (${engine.name})`, async (t) => {
    const { db } = await engine.open(t)
    const audit: Audit = createAudit({ keyring, clock: { now: () => 1_800_000_000_000 } })
    for (const event of declaredEvents)
      await audit.record(db, event, { userId: 'usr_1', by: 'cli' })
    const events = await readAudit(db, { limit: 1000 })
    assert.equal(new Set(events.map((event) => event.type)).size, declaredEvents.length)
    assert.deepEqual(await verifyAudit(db, keyring), {
      type: 'intact',
      events: declaredEvents.length,
    })
  })
})

test('every notice has a unique kind', () => {
  const kinds = declaredNotices.map(({ kind }) => kind)
  assert.ok(kinds.length > 15)
  assert.deepEqual([...new Set(kinds)], kinds)
})

test('every notice exists in both languages, and its only link leads to the account', () => {
  const at = Date.UTC(2026, 10, 25, 8)
  const voice = {
    brand: { name: 'Beispiel & Söhne', colour: '#0b5089', support: { phone: '030 1234' } },
    publicUrl: 'https://login.example.org',
    timeZone: () => 'Europe/Berlin',
    defaultLanguage: 'de' as const,
  }
  const facts = {
    userId: 'usr_1',
    device: 'Erikas Pixel 9',
    app: 'Webmail',
    browser: message('browser.on', { browser: 'Firefox', system: 'Windows' }),
    place: 'Büro München',
    address: '192.0.2.7',
    left: 4,
  }
  for (const notice of declaredNotices) {
    for (const language of ['de', 'en'] as const) {
      const mail = writeNotice(voice, notice, { ...facts, language }, { name: 'Erika', at })
      const links = [...mail.html.matchAll(/https?:\/\/[^\s"<]+/g)].map(([link]) => link)
      assert.deepEqual([...new Set(links)], ['https://login.example.org/account'], notice.kind)
      assert.ok(mail.html.includes(`<html lang="${language}">`))
      assert.ok(mail.html.includes('Beispiel &amp; Söhne'))
      assert.doesNotMatch(mail.text + mail.subject, /[{}]|undefined|null/, notice.kind)
    }
  }
})
