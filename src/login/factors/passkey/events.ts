/** Audit events of passkeys. */
import { type By, event, say, sayWithName, sayWithNameOr } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const passkeyEvents = {
  enrolled: event<{ userId: string; passkeyId: string; name: string }>(
    'passkey_registered',
    sayWithName('event.passkey_added'),
  ),
  used: event<{ userId: string; passkeyId: string }>('passkey_used', say('event.passkey_used')),
  refused: event<{
    userId: string
    passkeyId: string
    /** `cloned`: its counter did not grow, so that a copy of it may be in use. */
    reason: 'invalid' | 'backup_changed' | 'cloned'
    address: string
  }>('passkey_refused', ({ reason }) => ({
    text: message(reason === 'cloned' ? 'event.passkey_cloned' : 'event.passkey_refused'),
    isWarning: true,
  })),
  renamed: event<{ userId: string; passkeyId: string; name: string }>(
    'passkey_renamed',
    sayWithName('event.renamed'),
  ),
  removed: event<{ userId: string; passkeyId: string; name: string; by: By }>(
    'passkey_removed',
    sayWithNameOr('event.passkey_removed.of', 'event.passkey_removed'),
  ),
}
