import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { quoteWord } from './text.ts'

test('an ordinary name is not quoted', () => {
  for (const name of ['erika', 'erika.mustermann', 'erika@example.org', 'a-b_c'])
    assert.equal(quoteWord(name), name)
})

test('a shell reads any quoted name as one word, and executes no part of it', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => !one.includes('\0'))
  fc.assert(
    fc.property(fc.array(text, { minLength: 20, maxLength: 40 }), (names) => {
      const all = [...names, '$(id)', "it's; id", '`id`', '$HOME', '*']
      const said = execFileSync('sh', ['-c', `printf '%s\\0' ${all.map(quoteWord).join(' ')}`])
      assert.deepEqual(said, Buffer.from(`${all.join('\0')}\0`))
    }),
    { numRuns: 10 },
  )
})
