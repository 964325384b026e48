/** The declared events that a person sees, and their words. Names no individual event. */
import type { AuditEvent } from '../../identity/audit/chain.ts'
import type { ActivityText, EventType } from '../../identity/audit/event.ts'
import type { Message } from '../../platform/ui/message.ts'

export interface ActivityWords {
  /** The stored types of the events that a person sees. */
  readonly types: readonly string[]
  /**
   * `undefined`: the person need not see the event.
   * @param app the app that the event names
   */
  describe(
    event: Pick<AuditEvent, 'type' | 'data'>,
    app: string | Message,
  ): ActivityText | undefined
}

/** @param eventTypes all declared types */
export function createActivityWords(eventTypes: readonly EventType[]): ActivityWords {
  const words = new Map(
    eventTypes.flatMap(({ type, describe }) => (describe === undefined ? [] : [[type, describe]])),
  )
  return {
    types: [...words.keys()],
    describe: ({ type, data }, app) => words.get(type)?.(data, app),
  }
}
