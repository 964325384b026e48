import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { configurationPage, schemaDocument } from './documentation.ts'
import { configFields, configJsonSchema, nodeAt, type SchemaNode } from './fields.ts'
import { loadConfig } from './load.ts'

const root = new URL('../../../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

test('the JSON Schema and the page are what `npm run docs` writes', () => {
  assert.equal(read('docs/einlass.schema.json'), schemaDocument())
  assert.equal(read('docs/configuration.md'), configurationPage())
})

test('the example configuration has no mistakes', () => {
  const loaded = loadConfig({
    file: 'einlass.example.yaml',
    env: {},
    readFile: read,
    serving: true,
  })
  assert.deepEqual(
    { ...loaded, config: undefined },
    { type: 'ok', config: undefined, warnings: [] },
  )
})

test('every key is described', () => {
  const check = (node: SchemaNode, path: string) => {
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      assert.ok(child.description, `${path}${key}`)
      check(child, `${path}${key}.`)
      check(child.items ?? {}, `${path}${key}[].`)
    }
  }
  check(configJsonSchema(), '')
})

test('the description of each single key equals its part of the whole schema', () => {
  for (const { path, node } of configFields) {
    const { $schema: _, ...own } = node as SchemaNode & { $schema: string }
    assert.deepEqual(own, nodeAt(path), path.join('.'))
  }
})

test('the configuration page names every key and every variable', () => {
  const page = configurationPage()
  for (const { path, variable } of configFields) {
    assert.ok(page.includes(`\`${path.join('.')}\``), path.join('.'))
    assert.ok(page.includes(`\`${variable}\``), variable)
  }
})

test('no key that holds a secret has a default', () => {
  const secrets: string[] = []
  const check = (node: SchemaNode, path: string) => {
    if (node.writeOnly === true) {
      secrets.push(path)
      assert.equal(node.default, undefined, path)
    }
    if (node.items !== undefined) check(node.items, `${path}[]`)
    for (const [key, child] of Object.entries(node.properties ?? {})) check(child, `${path}.${key}`)
  }
  check(configJsonSchema(), '')
  assert.ok(secrets.includes('.mail.smtp.password'), secrets.join(', '))
})
