/** The templates that `einlass app add --template` knows, in the order of the documentation. */
import { genericOidc } from './generic-oidc.ts'
import { gitlab } from './gitlab.ts'
import { grafana } from './grafana.ts'
import { jenkins } from './jenkins.ts'
import { nextcloud } from './nextcloud.ts'
import { roundcube } from './roundcube.ts'
import type { AppTemplate } from './template.ts'

export const templates: readonly AppTemplate[] = [
  gitlab,
  grafana,
  jenkins,
  nextcloud,
  roundcube,
  genericOidc,
]

export function findTemplate(name: string | undefined): AppTemplate | undefined {
  return templates.find((one) => one.name === name)
}
