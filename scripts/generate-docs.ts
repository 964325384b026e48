/** Writes the documentation that is made from code. A test fails when it was not run after a change. */
import { writeFileSync } from 'node:fs'
import { configurationPage, schemaDocument } from '../src/platform/config/documentation.ts'

const docs = new URL('../docs/', import.meta.url)
writeFileSync(new URL('einlass.schema.json', docs), schemaDocument())
writeFileSync(new URL('configuration.md', docs), configurationPage())
