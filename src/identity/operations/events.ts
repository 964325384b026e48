/** Audit events of the setup that makes the first administrator. */
import { event, notShown } from '../audit/event.ts'

export const setupEvents = {
  linkCreated: event<Record<string, never>>('setup_link_created', notShown),
  completed: event<{ userId: string }>('setup_completed', notShown),
}
