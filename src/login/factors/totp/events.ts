/** Audit events of one-time codes. */
import { type By, event, say, sayWithName, sayWithNameOr } from '../../../identity/audit/event.ts'

export const totpEvents = {
  enrolled: event<{ userId: string; authenticatorId: string }>(
    'totp_registered',
    say('event.totp_added'),
  ),
  used: event<{ userId: string; authenticatorId: string }>('totp_used', say('event.totp_used')),
  renamed: event<{ userId: string; authenticatorId: string; name: string }>(
    'totp_renamed',
    sayWithName('event.renamed'),
  ),
  /** `by` is `second_phone` when a second phone had read the code that sets it up. */
  removed: event<{ userId: string; authenticatorId: string; name: string | null; by: By }>(
    'totp_removed',
    sayWithNameOr('event.totp_removed.of', 'event.totp_removed'),
  ),
}
