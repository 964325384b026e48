import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addChecksums } from './checksums.ts'

const out = '/dist'

test('building one package leaves the checksums of the others unchanged', () => {
  const before = 'aa  einlass.tar.gz\nbb  einlass.deb\n'
  const isThere = () => true
  assert.equal(
    addChecksums(before, new Map([['/dist/einlass.deb', 'cc']]), { out, isThere }),
    'aa  einlass.tar.gz\ncc  einlass.deb\n',
  )
})

test('the checksum of a deleted package is removed', () => {
  const isThere = (file: string) => file === '/dist/einlass.deb'
  assert.equal(
    addChecksums('aa  einlass.tar.gz\nbb  einlass.deb\n', new Map(), { out, isThere }),
    'bb  einlass.deb\n',
  )
  assert.equal(addChecksums('', new Map(), { out, isThere }), '')
})
