/** Audit events of recovery codes. */
import { type By, event, say } from '../../../identity/audit/event.ts'
import { type MessageKey, message } from '../../../platform/ui/message.ts'

const removals: Readonly<Record<string, MessageKey>> = {
  first_factor: 'event.recovery_dropped',
  restored: 'event.recovery_restored',
}

export const recoveryEvents = {
  created: event<{ userId: string; count: number }>(
    'recovery_codes_created',
    say('event.recovery_created'),
  ),
  removed: event<{
    userId: string
    by: By
    /**
     * `first_factor`: they were from before the person's first second factor, and end with its enrolment. `restored`: the
     * server was restored from a backup.
     */
    reason?: 'first_factor' | 'restored'
  }>('recovery_codes_removed', ({ reason }) => ({
    text: message(removals[`${reason}`] ?? 'event.recovery_removed'),
    isWarning: reason === 'restored',
  })),
  used: event<{ userId: string; codeId: string; left: number }>(
    'recovery_code_used',
    ({ left }) => ({
      text: message('event.recovery_used', { left: typeof left === 'number' ? left : 0 }),
      isWarning: true,
    }),
  ),
}
