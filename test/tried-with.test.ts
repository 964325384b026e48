/** What the documentation says of relying parties is what the scenarios try. */
import assert from 'node:assert/strict'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { libraries } from '../src/faces/apps/libraries/index.ts'
import { relyingParties } from './support/relying-parties.ts'
import type { RelyingParty } from './support/relying-party.ts'
import { writeReadTable, writeTable } from './support/relying-party-table.ts'
import { samlParties, samlServers, writeSamlTable } from './support/saml-parties.ts'
import type { SamlParty } from './support/saml-party.ts'

const root = resolve(import.meta.dirname, '..')
const parties: readonly [string, RelyingParty][] = Object.entries(relyingParties)
const samlApps: readonly [string, SamlParty][] = Object.entries(samlParties)

test('the page on relying parties has the table of the scenarios, and one of what was only read', async () => {
  const page = await readFile(resolve(root, 'docs/apps/tried-with.md'), 'utf8')
  const shown = page.split('\n').filter((line) => line.startsWith('|'))
  const tried = writeTable(parties.map(([, party]) => party))
  const saml = writeSamlTable([...samlServers, ...samlApps.map(([, party]) => party)])
  assert.deepEqual(shown, [...tried, ...writeReadTable(), ...saml])
})

test('a library that says that it runs in the tests has a relying party, and no other one has', () => {
  const run = libraries.filter(({ tried }) => tried === 'tests').map(({ name }) => name)
  const added = new Set(parties.map(([, { library }]) => library))
  assert.deepEqual(run.toSorted(), [...added].toSorted())
})

test('each relying party of the list has a scenario, and its listed version is the installed one', async () => {
  const manifest = JSON.parse(
    await readFile(resolve(root, 'test/relying-parties/package.json'), 'utf8'),
  )
  for (const [key, { package: name, version }] of [...parties, ...samlApps]) {
    await access(resolve(root, `test/relying-party-${key}.test.ts`))
    if (name === undefined) continue
    assert.equal(manifest.dependencies[name].replace(/^npm:.*@/, ''), version, name)
  }
})
