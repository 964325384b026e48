/** Whether the configuration names a sender. */
import type { Config } from '../../../../platform/config/schema.ts'

export function hasSenders({ http, ...others }: Config['push']['senders']): boolean {
  return http.allowed_origins.length > 0 || Object.values(others).some((one) => one !== undefined)
}
