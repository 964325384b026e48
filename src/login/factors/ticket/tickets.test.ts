// Which decrypted tickets are accepted. Each test begins with a ticket that Kerberos itself accepts.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { createScene, createTestClock, office } from '../../../dev/test-support/scene.ts'
import { makeTicketToken } from '../../../dev/test-support/ticket-token.ts'
import { createAddressLimit } from '../../../identity/limits/address-limit.ts'
import type { Acceptance } from '../../../platform/kerberos/acceptor.ts'
import { minutes } from '../../../platform/kernel/clock.ts'
import { createTicketCounts } from './counts.ts'
import { createSpentTickets } from './spent.ts'
import { noUsableTicket, tooBusy, unknownAccount } from './texts.ts'
import { createTickets } from './tickets.ts'

const service = 'HTTP/login.example.org'
const right = {
  principal: 'erika@CORP.EXAMPLE',
  service: `${service}@CORP.EXAMPLE`,
  answer: undefined,
}

onEachEngine((engine) => {
  const say = (sentence: string) => `${sentence} (${engine.name})`

  async function setUp(t: TestContext) {
    const { db } = await engine.open(t)
    const clock = createTestClock()
    const scene = createScene(db, clock)
    const counts = createTicketCounts()
    let decrypted: Acceptance = { type: 'accepted', ticket: right }
    let asked = 0
    const tickets = createTickets({
      ...{ db, service, log: scene.log },
      config: {
        ...{ keytab_file: '/etc/einlass/keytab', networks: ['192.0.2.0/24', '10.0.0.0/8'] },
        realms: [{ realm: 'CORP.EXAMPLE', directory: 'corp' }],
      },
      trustedProxies: ['10.0.0.1/32'],
      records: {
        ...{ audit: scene.audit, counts },
        spent: createSpentTickets({ clock }),
        addresses: createAddressLimit({ clock, isShared: () => false, limit: 3 }),
      },
      acceptor: {
        accept: async () => {
          asked += 1
          return decrypted
        },
        close() {},
      },
      directory: { findByName: async () => ({ type: 'unknown' }) },
    })
    let made = 0
    const makeToken = () => {
      made += 1
      return makeTicketToken({ authenticator: `${made}` }).toString('base64')
    }
    return {
      ...{ tickets, clock, makeToken },
      asked: () => asked,
      accept: (token = makeToken()) => tickets.accept(token, office),
      /** What Kerberos says of the tickets from now on. */
      decrypt: (to: Acceptance) => {
        decrypted = to
      },
      /** The outcomes that were counted. */
      counted: async () =>
        (await counts.metric.read()).flatMap(({ value, labels }) =>
          value > 0 ? [`${labels.outcome} ${value}`] : [],
        ),
    }
  }

  test(say('a ticket of a configured realm for this service is accepted'), async (t) => {
    const { accept, counted } = await setUp(t)
    const ticket = { directory: 'corp', name: 'erika', principal: right.principal }
    assert.deepEqual(await accept(), { type: 'accepted', ticket, answer: undefined })
    assert.deepEqual(await counted(), [])
  })

  test(say('A23: a token is accepted once'), async (t) => {
    const { accept, makeToken, counted } = await setUp(t)
    const token = makeToken()
    assert.equal((await accept(token)).type, 'accepted')
    assert.deepEqual(await accept(token), { type: 'refused', formError: noUsableTicket })
    assert.deepEqual(await counted(), ['replayed 1'])
    assert.equal((await accept()).type, 'accepted')
  })

  for (const [what, changes, outcome, formError] of [
    [
      'for another service',
      { service: 'cifs/files.example.org@CORP.EXAMPLE' },
      'wrong_service',
      noUsableTicket,
    ],
    [
      'for another host',
      { service: 'HTTP/mail.example.org@CORP.EXAMPLE' },
      'wrong_service',
      noUsableTicket,
    ],
    ['of another realm', { principal: 'erika@EVIL.EXAMPLE' }, 'other_realm', unknownAccount],
    [
      'of a realm in other letters',
      { principal: 'erika@corp.example' },
      'other_realm',
      unknownAccount,
    ],
    ['of a computer', { principal: 'DESKTOP$@CORP.EXAMPLE' }, 'not_a_person', unknownAccount],
    ['of a service', { principal: 'HTTP/erika@CORP.EXAMPLE' }, 'not_a_person', unknownAccount],
  ] as const) {
    test(say(`A32: a ticket ${what} is refused for that`), async (t) => {
      const { accept, decrypt, counted } = await setUp(t)
      decrypt({ type: 'accepted', ticket: { ...right, ...changes } })
      assert.deepEqual(await accept(), { type: 'refused', formError })
      assert.deepEqual(await counted(), [`${outcome} 1`])
    })
  }

  test(say('a ticket that Kerberos refuses, or cannot check, is refused'), async (t) => {
    const { accept, decrypt, counted } = await setUp(t)
    decrypt({ type: 'refused', fault: 'expired', text: 'Ticket expired' })
    assert.equal((await accept()).type, 'refused')
    decrypt({ type: 'unavailable', text: 'exit code 1' })
    assert.deepEqual(await accept(), { type: 'refused', formError: tooBusy })
    assert.deepEqual(await counted(), ['unavailable 1', 'expired 1'])
  })

  test(
    say('A37: an address with too many wrong tickets is refused before they are decrypted'),
    async (t) => {
      const { accept, decrypt, counted, asked, clock } = await setUp(t)
      for (let times = 0; times < 5; times++) assert.equal((await accept()).type, 'accepted')
      decrypt({ type: 'refused', fault: 'wrong_key', text: 'no key' })
      for (let times = 0; times < 4; times++) assert.equal((await accept()).type, 'refused')
      assert.equal(asked(), 8)
      assert.deepEqual(await counted(), ['throttled 1', 'wrong_key 3'])
      clock.pass(minutes(1))
      decrypt({ type: 'accepted', ticket: right })
      assert.equal((await accept()).type, 'accepted')
    },
  )

  test(
    say(
      'A35: a ticket is asked for only in the networks, not behind a proxy, and for a login alone',
    ),
    async (t) => {
      const { tickets } = await setUp(t)
      const request = { returnTo: '/' }
      const isOffered = (more: object, address = office.address) =>
        tickets.isOffered({ ...request, ...more }, { ...office, address })
      assert.equal(isOffered({}), true)
      assert.equal(isOffered({}, '10.0.0.2'), true)
      assert.equal(isOffered({}, '10.0.0.1'), false, 'the proxy')
      assert.equal(isOffered({}, '198.51.100.1'), false, 'elsewhere')
      assert.equal(isOffered({ authenticatedSince: 1 }), false, 'a recent login')
      assert.equal(isOffered({ confirms: 'account' }), false, 'a change of the account')
    },
  )
})
