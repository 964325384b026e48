import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { protocols } from '../protocols/index.ts'
import { writeSettingsPage, writeTemplatePage } from './documentation.ts'
import { writeAppsSchema } from './file/json-schema.ts'
import { writeLibrariesPage } from './libraries/documentation.ts'
import { libraries } from './libraries/index.ts'
import { templates } from './templates/index.ts'

const readDocs = (file: string) =>
  readFile(new URL(`../../../docs/${file}`, import.meta.url), 'utf8')

test('the JSON Schema of app files is the one that npm run docs writes', async () => {
  assert.equal(await readDocs('apps.schema.json'), writeAppsSchema(protocols))
})

test('the page of settings is the one that npm run docs writes', async () => {
  assert.equal(await readDocs('apps/settings.md'), writeSettingsPage(protocols))
})

test('the page of libraries is the one that npm run docs writes', async () => {
  assert.equal(await readDocs('apps/libraries.md'), writeLibrariesPage(libraries, protocols))
})

for (const template of templates) {
  test(`the page of ${template.name} is the one that npm run docs writes`, async () => {
    const page = await readDocs(`apps/template-${template.name}.md`)
    assert.equal(page, writeTemplatePage(template, protocols))
  })
}
