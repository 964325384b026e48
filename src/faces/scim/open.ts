/** Puts together the parts of the SCIM server. */
import { createGroupProvisioning } from '../../identity/operations/provisioned-groups.ts'
import {
  createProvisioning,
  type ProvisioningOptions,
} from '../../identity/operations/provisioning.ts'
import type { TwoPeopleOptions } from '../../identity/operations/two-people.ts'
import { createTwoPeople } from '../../identity/operations/two-people-names.ts'
import { createProvisionedGroups } from '../../identity/provisioning/groups.ts'
import { createProvisioningTokens } from '../../identity/provisioning/tokens.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { createScimServer, type ScimFace, type ScimServerOptions } from './serve.ts'

export interface ScimOptions
  extends Omit<ProvisioningOptions, 'directory' | 'twoPeople'>,
    Omit<ScimServerOptions, 'config' | 'db' | 'tokens' | 'provisioning'> {
  readonly config: ScimServerOptions['config'] & TwoPeopleOptions['config']
  readonly directory: ProvisioningOptions['directory'] & TwoPeopleOptions['directory']
  readonly random: Random
}

export function openScim(options: ScimOptions): ScimFace {
  const groupStore = createProvisionedGroups(options)
  const parts = { ...options, twoPeople: createTwoPeople(options) }
  return createScimServer({
    ...options,
    tokens: createProvisioningTokens(options),
    provisioning: {
      users: createProvisioning(parts),
      groups: createGroupProvisioning({ ...parts, groups: groupStore }),
      groupStore,
    },
  })
}
