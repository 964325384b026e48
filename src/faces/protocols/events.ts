/** Audit events of what all protocols share. */
import { type By, event, notShown } from '../../identity/audit/event.ts'

export const keyEvents = {
  rotated: event<{ purpose: string; algorithm: string; kid: string; signsFrom: string; by: By }>(
    'signing_key_rotated',
    notShown,
  ),
}
