/** Writes the documentation that is generated from code. A test fails if this was not run after a change. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { writeSettingsPage, writeTemplatePage } from '../src/faces/apps/documentation.ts'
import { writeAppsSchema } from '../src/faces/apps/file/json-schema.ts'
import { writeLibrariesPage } from '../src/faces/apps/libraries/documentation.ts'
import { libraries } from '../src/faces/apps/libraries/index.ts'
import { templates } from '../src/faces/apps/templates/index.ts'
import { protocols } from '../src/faces/protocols/index.ts'
import { configurationPage, schemaDocument } from '../src/platform/config/documentation.ts'
import { writeAsvsPage } from './asvs/page.ts'

const docs = new URL('../docs/', import.meta.url)
writeFileSync(new URL('einlass.schema.json', docs), schemaDocument())
writeFileSync(new URL('configuration.md', docs), configurationPage())
writeFileSync(new URL('apps.schema.json', docs), writeAppsSchema(protocols))
writeFileSync(new URL('asvs.md', docs), writeAsvsPage())
mkdirSync(new URL('apps/', docs), { recursive: true })
writeFileSync(new URL('apps/settings.md', docs), writeSettingsPage(protocols))
writeFileSync(new URL('apps/libraries.md', docs), writeLibrariesPage(libraries, protocols))
for (const template of templates) {
  const file = `apps/template-${template.name}.md`
  writeFileSync(new URL(file, docs), writeTemplatePage(template, protocols))
}
