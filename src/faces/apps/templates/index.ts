/**
 * The templates that `einlass app add --template` knows, in the order of the documentation, and those of libraries, which
 * `--library` knows. An app stores the name of either.
 */
import { libraries } from '../libraries/index.ts'
import { createLibraryTemplate } from '../libraries/library.ts'
import { genericOidc } from './generic-oidc.ts'
import { genericSaml } from './generic-saml.ts'
import { gitlab } from './gitlab.ts'
import { grafana } from './grafana.ts'
import { jenkins } from './jenkins.ts'
import { nextcloud } from './nextcloud.ts'
import { owa } from './owa.ts'
import { proxied } from './proxied.ts'
import { roundcube } from './roundcube.ts'
import type { AppTemplate } from './template.ts'

export const templates: readonly AppTemplate[] = [
  gitlab,
  grafana,
  jenkins,
  nextcloud,
  owa,
  roundcube,
  genericOidc,
  genericSaml,
  proxied,
]

export const libraryTemplates: readonly AppTemplate[] = libraries.map(createLibraryTemplate)

export const allTemplates: readonly AppTemplate[] = [...templates, ...libraryTemplates]

export function findTemplate(name: string | undefined): AppTemplate | undefined {
  return allTemplates.find((one) => one.name === name)
}
