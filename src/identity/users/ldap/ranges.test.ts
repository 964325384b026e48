import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRanges } from './active-directory.ts'

test('an attribute of more values than a domain controller gives at once is read in ranges', async () => {
  const values = Array.from({ length: 3200 }, (_, n) => `CN=group${n}`)
  const search = async (dn: string, { attributes = [] }: { attributes?: string[] }) => {
    const [asked = ''] = attributes
    const from = Number(/range=(\d+)/.exec(asked)?.[1] ?? 0)
    const part = values.slice(from, from + 1500)
    const end = from + part.length >= values.length ? '*' : `${from + part.length - 1}`
    const searchEntries = [{ dn, memberOf: [], [`memberOf;range=${from}-${end}`]: part }]
    return { searchEntries, searchReferences: [] }
  }
  assert.deepEqual(await readRanges({ search: search as never }, 'CN=erika', 'memberOf'), values)
  const whole = async () => ({ searchEntries: [{ dn: '', memberOf: 'CN=one' }] })
  assert.deepEqual(await readRanges({ search: whole as never }, '', 'memberOf'), ['CN=one'])
  const none = async () => ({ searchEntries: [{ dn: '', memberOf: [] }] })
  assert.deepEqual(await readRanges({ search: none as never }, '', 'memberOf'), [])
})
