/** Alerts of second factors of any kind. */
import type { Alert } from '../../identity/notify/alerts/alerts.ts'

export interface FailuresFacts {
  readonly userId: string
  readonly username: string | null
  readonly failures: number
}

/** Right passwords without a right second factor, again and again: another person may have the password. */
const failures: Alert<FailuresFacts> = {
  type: 'second_factor_failures',
  describe: (facts) => facts,
}

export const factorAlerts = { failures }
