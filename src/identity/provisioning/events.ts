/** Audit events of systems that provision users. Changes of users have the events of users. */
import { type By, event, notShown } from '../audit/event.ts'

export const provisioningEvents = {
  tokenCreated: event<{
    tokenId: string
    source: string
    networks: readonly string[]
    takesOver: boolean
    verifiedMailDomains: readonly string[]
    verifiesPhoneNumbers: boolean
    by: By
  }>('provisioning_token_created', notShown),
  tokenRemoved: event<{ tokenId: string; source: string; by: By }>(
    'provisioning_token_removed',
    notShown,
  ),
  /** From now on, a local user whom an operator had added belongs to the system. */
  takenOver: event<{ userId: string; by: By }>('user_taken_over', notShown),
  groupCreated: event<{ groupId: string; group: string; by: By }>(
    'provisioned_group_created',
    notShown,
  ),
  /** `group`: the name from now on. Its members stay. */
  groupRenamed: event<{ groupId: string; group: string; before: string; by: By }>(
    'provisioned_group_renamed',
    notShown,
  ),
  groupRemoved: event<{ groupId: string; group: string; by: By }>(
    'provisioned_group_removed',
    notShown,
  ),
}
