import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import type { App } from '../../../identity/apps/apps.ts'
import { ownPolicySchema } from '../../../identity/policy/policy.ts'
import { buildJsonSchema, type SchemaNode } from '../../../platform/config/fields.ts'
import { formatMistakes } from '../../../platform/config/mistakes.ts'
import { protocols } from '../../protocols/index.ts'
import { defineProtocol, type Protocol } from '../../protocols/protocol.ts'
import { allTemplates } from '../templates/index.ts'
import { describePolicy, describeSettings } from './entry.ts'
import { readAppsFile } from './read.ts'
import { listProperties, spell } from './spelling.ts'
import { writeAppsFile } from './write.ts'

/** YAML would read some of these texts as another type. */
const texts = [
  'https://app.example.org/callback',
  'https://app.example.org/',
  'https://app.example.org',
  'http://localhost:3000/cb?a=b&c=d',
  'Wert: mit # Zeichen',
  'yes',
  '0123',
  'null',
  '2030-12-31',
  'urn:example:realm',
  'employees',
  'attribute:phone',
  'groups',
  'username',
  '{"keys":[{"kty":"EC","crv":"P-256","x":"a","y":"b"}]}',
  'ab'.repeat(32),
  'com.example.app:/callback',
  '/admin',
]

/** Values that a schema may have, as far as its JSON Schema says. */
function createValues(node: SchemaNode | undefined): fc.Arbitrary<unknown> {
  const { type, enum: words, minimum = 0, maximum = 1000, items, anyOf, required = [] } = node ?? {}
  const { properties, additionalProperties } = node ?? {}
  if (node?.const !== undefined) return fc.constant(node.const)
  if (words !== undefined) return fc.constantFrom(...words)
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(createValues))
  if (type === 'boolean') return fc.boolean()
  if (type === 'integer' || type === 'number') return fc.integer({ min: minimum, max: maximum })
  if (type === 'array') return fc.array(createValues(items), { maxLength: 3 })
  if (type !== 'object') return fc.constantFrom(...texts)
  if (properties === undefined) {
    const values = createValues(additionalProperties || undefined)
    return fc.dictionary(
      fc.constantFrom('phone', 'userName', 'user_name', 'urn:example:api'),
      values,
    )
  }
  const members = Object.entries(properties).map(
    ([name, child]) => [name, createValues(child)] as const,
  )
  return fc.record(Object.fromEntries(members), { requiredKeys: [...required] })
}

/** Values that each member of a schema of an object accepts. Fails for a member for which no value was found. */
function createObjects(schema: z.ZodType): fc.Arbitrary<Record<string, unknown>> {
  // What a file has, where the schema derives more from it.
  const object = schema instanceof z.ZodPipe ? schema.in : schema
  assert.ok(object instanceof z.ZodObject)
  const { properties = {}, required = [] } = buildJsonSchema(object)
  const members = Object.entries(properties).map(([name, node]) => {
    const check = (value: unknown) => object.shape[name].safeParse(value).success
    const isList = node.type === 'array'
    const created = createValues(isList ? node.items : node)
    const found = fc
      .sample(created, { numRuns: 400, seed: 7 })
      .filter((value) => check(isList ? [value] : value))
    assert.ok(found.length > 0, `no value for ${name}: add one that it accepts to the texts above`)
    const values = fc.constantFrom(...found)
    const made = isList ? fc.uniqueArray(values, { minLength: 1, maxLength: 3 }) : values
    return [name, made] as const
  })
  // Many members at once rarely go together.
  const optional = Object.keys(properties).filter((name) => !required.includes(name))
  return fc.subarray(optional, { maxLength: Math.min(4, optional.length) }).chain((chosen) => {
    const wanted = [...required, ...chosen]
    return fc.record(Object.fromEntries(members.filter(([name]) => wanted.includes(name))))
  })
}

function createAppValues(protocol: Protocol): fc.Arbitrary<App> {
  const names = allTemplates.filter((one) => one.protocol === protocol.name).map(({ name }) => name)
  return fc
    .record({
      settings: createObjects(protocol.settings).map(
        (settings) => protocol.settings.safeParse(settings).data,
      ),
      ownPolicy: createObjects(ownPolicySchema).map((own) => ownPolicySchema.safeParse(own).data),
      name: fc.constantFrom(...texts, 'Größe & Maß', '"quoted"'),
      template: fc.constantFrom(undefined, ...names),
    })
    .filter(({ settings, ownPolicy }) => settings !== undefined && ownPolicy !== undefined)
    .map(({ settings, ownPolicy, name, template }) => {
      const [first, own] = [settings ?? {}, ownPolicy ?? {}]
      const shared = { id: 'app', protocol: protocol.name, name, settings: first, ownPolicy: own }
      return {
        ...shared,
        ...(template && { template }),
        policy: { secondFactor: 'none', skips: 0, decline: false },
      }
    })
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

for (const protocol of protocols) {
  test(`any ${protocol.name} app that is written to a file is read back unchanged`, () => {
    fc.assert(
      fc.property(createAppValues(protocol), (app) => {
        const text = writeAppsFile([app], protocols)
        const read = readAppsFile(text, protocols)
        assert.equal(read.type, 'apps', text + JSON.stringify(read))
        const { id, name, template, settings, ownPolicy: policy } = app
        const wanted = { id, name, template, settings, policy, protocol: protocol.name }
        assert.deepEqual(asJson(read.type === 'apps' && read.apps[0]), asJson(wanted), text)
        assert.equal(writeAppsFile([app], protocols), text)
      }),
      { numRuns: 60 },
    )
  })
}

test('no two keys of a schema have the same spelling in a file', () => {
  const check = (node: SchemaNode | undefined): void => {
    const known = listProperties(node)
    const spelled = Object.keys(known).map(spell)
    assert.deepEqual([...new Set(spelled)], spelled)
    for (const child of [...Object.values(known), ...(node?.items ? [node.items] : [])])
      check(child)
  }
  for (const protocol of protocols) check(describeSettings(protocol))
  check(describePolicy())
})

/** A protocol with what none of today's needs: names that are data, and a secret. */
const nested = defineProtocol({
  ...(protocols[0] as Protocol),
  name: 'nested',
  settings: z.strictObject({
    claimSources: z.record(z.string(), z.strictObject({ sourceName: z.string() })).default({}),
    sharedKey: z.string().optional().meta({ writeOnly: true }),
  }),
  fields: {} as never,
})

test('the file has data keys unchanged and schema keys in snake case, and contains no secret', () => {
  const settings = { claimSources: { userName: { sourceName: 'x' } }, sharedKey: 'canary' }
  const app = { id: 'a', protocol: 'nested', name: 'A', settings, ownPolicy: {} }
  const policy = { secondFactor: 'none', skips: 0, decline: false } as const
  const text = writeAppsFile([{ ...app, policy }], [nested])
  assert.match(text, /claim_sources:\n {8}userName:\n {10}source_name: x/)
  assert.doesNotMatch(text, /canary/)
  const read = readAppsFile(text, [nested])
  assert.deepEqual(read.type === 'apps' && read.apps[0]?.settings, {
    claimSources: settings.claimSources,
  })
})

const lines = (text: string) => {
  const read = readAppsFile(text, protocols)
  assert.equal(read.type, 'mistakes', text)
  return read.type === 'mistakes' ? formatMistakes(read.mistakes, 'apps.yaml', 'file') : ''
}

test('the report lists all mistakes of a file at once, with path, line, found value and allowed values', () => {
  const said = lines(`apps:
  wiki:
    nmae: Wiki
    settings:
      redirect_uris: [http://wiki.example.org/cb]
      redirectUris: []
      start_url: 5
    policy:
      second_factor: sometimes
      skips: -1
      groups:
        - group: board
          lvl: number
  bad id:
    protocol: odic
  mail:
    template: gravana
    settings: {}
  none: 7
`)
  assert.match(said, /^The file has 11 mistakes\./)
  const expected = [
    ['apps.wiki.nmae (apps.yaml, line 3)', 'an unknown key', '', 'apps.wiki.name?'],
    ['apps.wiki.settings.redirect_uris[0] (apps.yaml, line 5)', '"http://wiki'],
    ['apps.wiki.settings.redirectUris (apps.yaml, line 6)', 'an unknown key'],
    ['apps.wiki.settings.start_url (apps.yaml, line 7)', '5', 'an https address'],
    ['apps.wiki.policy.second_factor (apps.yaml, line 9)', '"sometimes"', 'one of none,'],
    ['apps.wiki.policy.skips (apps.yaml, line 10)', '-1', 'a whole number from 0 to 1000'],
    ['apps.wiki.policy.groups[0].lvl (apps.yaml, line 13)', 'an unknown key'],
    ['apps."bad id".protocol (apps.yaml, line 15)', '"odic"', 'one of oidc', 'oidc?'],
    ['apps.mail.template (apps.yaml, line 17)', '"gravana"', 'one of gitlab, ', 'grafana?'],
    ['apps.mail.settings.redirect_uris (apps.yaml, line 18)', 'nothing', 'at least one address'],
    ['apps.none (apps.yaml, line 19)', 'a number', 'the keys name, protocol'],
  ]
  for (const [path, found, allowed = '', meant] of expected) {
    const part = said.split('\n\n').find((one) => one.startsWith(`  ${path}`))
    assert.ok(part, `${path}\n${said}`)
    assert.ok(part.includes(`found:   ${found}`), part)
    assert.ok(part.includes(`allowed: ${allowed}`), part)
    if (meant !== undefined) assert.ok(part.includes(`meant:   ${meant}`), part)
  }
})

test('an empty file and a file without a map of apps are refused; an explicit empty map is accepted', () => {
  for (const text of ['', 'apps:\n', 'apps: []\n', '# nothing\n', 'app:\n  x: {}\n', '- a\n']) {
    assert.match(lines(text), /^The file has/)
  }
  const read = readAppsFile('apps: {}\n', protocols)
  assert.deepEqual(read.type === 'apps' && read.apps, [])
})

test('the report names an invalid id and says what is allowed', () => {
  assert.match(
    lines('apps:\n  "a b":\n    settings: { redirect_uris: [https://a.example/] }\n'),
    /apps\."a b" .*\n.*found: {3}"a b"\n.*allowed: up to 100 letters/,
  )
})
