/** Puts together the parts of the SCIM server. */
import { createGroupProvisioning } from '../../identity/operations/provisioned-groups.ts'
import {
  createProvisioning,
  type ProvisioningOptions,
} from '../../identity/operations/provisioning.ts'
import { createProvisionedGroups } from '../../identity/provisioning/groups.ts'
import { createProvisioningTokens } from '../../identity/provisioning/tokens.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { ScimFace } from './routes.ts'
import { createScimServer, type ScimServerOptions } from './serve.ts'

export interface ScimOptions
  extends ProvisioningOptions,
    Omit<ScimServerOptions, 'db' | 'tokens' | 'provisioning'> {
  readonly random: Random
}

export function openScim(options: ScimOptions): ScimFace {
  const groupStore = createProvisionedGroups(options)
  return createScimServer({
    ...options,
    tokens: createProvisioningTokens(options),
    provisioning: {
      users: createProvisioning(options),
      groups: createGroupProvisioning({ ...options, groups: groupStore }),
      groupStore,
    },
  })
}
