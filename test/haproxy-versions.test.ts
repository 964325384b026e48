/** HAProxy 2.6 of Debian 12, which the tests do not have: its configuration is compared with what is known to be newer. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'

const root = resolve(import.meta.dirname, '..')

/** Settings of the global section and of backends that HAProxy 2.6 refuses. */
const newer =
  /httpclient\.(?:resolvers\.disabled|retries|timeout)|hash-preserve-affinity|limited-quic/

const conditional = /^\.if version_atleast\(2\.7\)$.*?^\.endif$/gms

test('the configurations for HAProxy have no setting that 2.6 refuses, except behind a condition', async () => {
  const page = await readFile(resolve(root, 'docs/apps/forward-auth.md'), 'utf8')
  const [, block = ''] = /^```haproxy\n(.*?)^```$/ms.exec(page) ?? []
  const example = await readFile(resolve(root, 'examples/two-nodes/haproxy.cfg'), 'utf8')
  for (const config of [block, example]) {
    assert.match(config, /^backend /m)
    assert.doesNotMatch(config.replace(conditional, ''), newer)
  }
})
