/** What the documentation says of relying parties is what the scenarios try. */
import assert from 'node:assert/strict'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { relyingParties } from './support/relying-parties.ts'
import type { RelyingParty } from './support/relying-party.ts'
import { writeTable } from './support/relying-party-table.ts'

const root = resolve(import.meta.dirname, '..')
const parties: readonly [string, RelyingParty][] = Object.entries(relyingParties)

test('the page on relying parties has the table of the scenarios', async () => {
  const page = await readFile(resolve(root, 'docs/apps/tried-with.md'), 'utf8')
  const shown = page.split('\n').filter((line) => line.startsWith('|'))
  assert.deepEqual(shown, writeTable(parties.map(([, party]) => party)))
})

test('each relying party of the list has a scenario, and its listed version is the installed one', async () => {
  const manifest = JSON.parse(
    await readFile(resolve(root, 'test/relying-parties/package.json'), 'utf8'),
  )
  for (const [key, { package: name, version }] of parties) {
    await access(resolve(root, `test/relying-party-${key}.test.ts`))
    if (name === undefined) continue
    assert.equal(manifest.dependencies[name].replace(/^npm:.*@/, ''), version, name)
  }
})
