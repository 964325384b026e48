/** Audit events of recovery codes. */
import { type By, event, say } from '../../../identity/audit/event.ts'
import { message } from '../../../platform/ui/message.ts'

export const recoveryEvents = {
  created: event<{ userId: string; count: number }>(
    'recovery_codes_created',
    say('event.recovery_created'),
  ),
  removed: event<{
    userId: string
    by: By
    /** They were from before the person's first second factor, and end with its enrolment. */
    reason?: 'first_factor'
  }>('recovery_codes_removed', ({ reason }) => ({
    text: message(reason === 'first_factor' ? 'event.recovery_dropped' : 'event.recovery_removed'),
    isWarning: false,
  })),
  used: event<{ userId: string; codeId: string; left: number }>(
    'recovery_code_used',
    ({ left }) => ({
      text: message('event.recovery_used', { left: typeof left === 'number' ? left : 0 }),
      isWarning: true,
    }),
  ),
}
