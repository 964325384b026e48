import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportAlerts } from './alerts.ts'

const at = Date.parse('2027-01-15T08:00:00Z')
const facts = {
  userId: 'usr_1',
  username: 'erika',
  displayName: 'Erika Müller',
  source: 'mail',
  login: { at, app: 'Webmail', browser: 'Firefox', place: null, address: '192.0.2.7' },
  sessionsEnded: 2,
  passwordChangeRequired: true,
  pushBlockedUntil: at + 900_000,
} as const

test('an alert for the service desk has its times as text', () => {
  assert.deepEqual(reportAlerts.notMe.describe(facts), {
    ...facts,
    login: { ...facts.login, at: '2027-01-15T08:00:00.000Z' },
    pushBlockedUntil: '2027-01-15T08:15:00.000Z',
  })
})

test('unknown facts of an alert are null', () => {
  const unknown = { ...facts, login: null, pushBlockedUntil: null }
  assert.deepEqual(reportAlerts.notMe.describe(unknown), unknown)
})
