import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { startUrlField } from '../faces/protocols/fields.ts'
import { oidc } from '../faces/protocols/oidc/protocol.ts'
import { defineProtocol } from '../faces/protocols/protocol.ts'
import { appAddressSchema } from '../identity/apps/app-address.ts'
import {
  changeSettings,
  chooseProtocol,
  createAddOptions,
  createChangeOptions,
  createSettingsColumns,
  listPlaces,
  readSettings,
  refuseForeign,
} from './app-settings.ts'

const toy = defineProtocol({
  name: 'toy',
  prefixes: [{ path: '/toy/', about: 'a toy' }],
  settings: z.strictObject({
    place: z.string(),
    colour: z.enum(['red', 'blue']),
    startUrl: appAddressSchema.optional(),
  }),
  fields: {
    place: {
      kind: 'text',
      option: 'place',
      value: 'PLACE',
      help: 'Where it is',
      allowed: 'a place',
      isRequired: true,
      column: 'PLACE',
    },
    colour: { kind: 'flag', option: 'blue', help: 'It is blue', on: 'blue', off: 'red' },
    startUrl: startUrlField,
  },
  words: { heading: 'Toys', adds: 'a toy.', id: 'toy_id' },
  addresses: {},
  events: {},
  refusals: {},
  hasSecret: () => false,
  describeLogout: () => 'never',
  forgetApp: async () => {},
  create: () => assert.fail('a command runs no protocol'),
})

/** Two protocols in place of the real list, which will grow. */
const both = [oidc, toy]

test('with one protocol there is no --protocol option, and with two the first is the default', () => {
  assert.ok(!('protocol' in createAddOptions([toy])))
  assert.ok('protocol' in createAddOptions(both))
  assert.equal(chooseProtocol(both, {}).name, 'oidc')
  assert.equal(chooseProtocol(both, { protocol: 'toy' }).name, 'toy')
  assert.throws(() => chooseProtocol(both, { protocol: 'x' }), {
    code: 'bad_request',
    message: '--protocol\n  found:   "x"\n  allowed: oidc, toy',
  })
})

test('an option of another protocol is refused, and an option of both protocols is accepted', () => {
  const ofOidc = { 'redirect-uri': ['https://a.example/'] }
  assert.throws(() => refuseForeign(toy, both, ofOidc), /--redirect-uri is not for apps of .* toy/)
  assert.throws(() => refuseForeign(toy, both, { 'no-backchannel-logout-uri': true }))
  assert.doesNotThrow(() => refuseForeign(toy, both, { 'start-url': 'https://a.example/' }))
})

test('a required setting has no option to remove it', () => {
  assert.deepEqual(Object.keys(createChangeOptions([toy])), [
    ...['place', 'blue', 'start-url'],
    ...['no-blue', 'no-start-url'],
  ])
})

test('a setting with two values is turned on and off, and both at once are refused', () => {
  const settings = { place: 'here', colour: 'red' }
  const blue = changeSettings(toy, settings, { blue: true })
  assert.deepEqual(blue, { place: 'here', colour: 'blue' })
  assert.deepEqual(changeSettings(toy, blue, { place: 'there' }).colour, 'blue')
  assert.deepEqual(changeSettings(toy, blue, { 'no-blue': true }), settings)
  assert.throws(() => changeSettings(toy, blue, { blue: true, 'no-blue': true }), {
    message: '--no-blue and --blue exclude each other.',
  })
})

test('settings are read and changed by the names of their options', () => {
  const typed = { place: 'here', blue: true }
  const settings = readSettings(toy, typed)
  assert.deepEqual(settings, { place: 'here', colour: 'blue', startUrl: undefined })
  assert.deepEqual(changeSettings(toy, settings, { place: 'there', 'no-start-url': true }), {
    place: 'there',
    colour: 'blue',
  })
  const places = {
    'settings.place': { option: '--place', allowed: 'a place', typed: 'here' },
    'settings.colour': { option: '--blue', allowed: '', typed: undefined, hasNoValue: true },
  }
  const { 'settings.startUrl': _, ...listed } = listPlaces(toy, typed)
  assert.deepEqual(listed, places)
  const columns = createSettingsColumns(both)
  assert.deepEqual(columns.headings, ['PKCE', 'PLACE', 'REDIRECT URIS'])
  assert.deepEqual(columns.read('toy', settings), ['', 'here', ''])
})

test('pairs are typed one by one, a name can contain an equals sign, and a duplicate name is refused', () => {
  const toyWithPairs = {
    ...toy,
    fields: {
      names: {
        kind: 'pairs',
        option: 'claim',
        value: 'NAME=SOURCE',
        help: 'What it gets',
        allowed: 'a source',
      },
    },
  } as const
  const typed = { claim: ['mail=email', 'a=b=username', 'c'] }
  const names = { mail: 'email', 'a=b': 'username', c: '' }
  assert.deepEqual(readSettings(toyWithPairs, typed), { names })
  assert.deepEqual(readSettings(toyWithPairs, {}), { names: undefined })
  assert.deepEqual(changeSettings(toyWithPairs, { names }, { claim: ['x=email'] }), {
    names: { x: 'email' },
  })
  assert.deepEqual(changeSettings(toyWithPairs, { names }, { 'no-claim': true }), {})
  assert.throws(() => readSettings(toyWithPairs, { claim: ['x=email', 'x=username'] }), {
    code: 'bad_request',
  })
})
