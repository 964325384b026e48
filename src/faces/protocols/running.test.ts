import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createEvents } from '../../platform/kernel/events.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { protocols } from './index.ts'
import { defineProtocol, type ProtocolHost } from './protocol.ts'
import { runProtocols } from './running.ts'

const host = { base: { log: silentLog } } as unknown as ProtocolHost

function toy(name: string, prefixes: readonly string[], ended: () => Promise<void>) {
  return defineProtocol({
    name,
    prefixes,
    settings: z.strictObject({}),
    fields: {},
    words: { adds: `an app of ${name}.`, id: 'id' },
    addresses: {},
    events: {},
    hasSecret: () => false,
    forgetApp: async () => {},
    create: () => ({
      handle: async (_request, response) => void response.end(name),
      sessionsEnded: ended,
      purge: async () => {},
      close: async () => {},
    }),
  })
}

const quiet = async () => {}

test('no two protocols claim the same path', () => {
  const run = (...prefixes: string[][]) =>
    runProtocols(
      prefixes.map((some, index) => toy(`toy${index}`, some, quiet)),
      host,
      createEvents(),
    )
  assert.throws(() => run(['/a/'], ['/b/', '/a/']), /two protocols claim \/a\//)
  assert.throws(() => run(['/a/'], ['/a/deep/']), /two protocols claim \/a\/deep\//)
  assert.throws(() => run(['/a']), /must begin and end with a slash/)
  assert.throws(() => run(['/']), /must begin and end with a slash/)
  assert.doesNotThrow(() => run(['/a/'], ['/ab/']))
})

test('the protocols of the list have different names and paths', () => {
  assert.equal(new Set(protocols.map(({ name }) => name)).size, protocols.length)
  assert.doesNotThrow(() =>
    runProtocols(
      protocols.map(({ name, prefixes }) => toy(name, prefixes, quiet)),
      host,
      createEvents(),
    ),
  )
})

test('a path is answered by the protocol that claims its beginning, and by none else', () => {
  const running = runProtocols([toy('a', ['/a/'], quiet)], host, createEvents())
  assert.ok(running.find('/a/b'))
  for (const path of ['/a', '/', '/ab/', '/login', '//a/b']) {
    assert.equal(running.find(path), undefined)
  }
})
