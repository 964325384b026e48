/** The templates that `einlass app add --template` knows, in the order of the documentation. */
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

export function findTemplate(name: string | undefined): AppTemplate | undefined {
  return templates.find((one) => one.name === name)
}
