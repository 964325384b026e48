/** Audit events of sessions. */
import { type MessageKey, message } from '../../platform/ui/message.ts'
import { type By, event, notShown } from '../audit/event.ts'

export const sessionEvents = {
  ended: event<{ userId: string; sessionId: string; reason: string; by?: By }>(
    'session_ended',
    ({ reason }) => ({
      text: message(endings[`${reason}`] ?? 'event.session_ended'),
      isWarning: false,
    }),
    explainEnd,
  ),

  handedOver: event<{
    userId: string
    sessionId: string
    address: string | null
    /** 1 for the first time that this session was handed over. */
    taking: number
  }>('session_handed_over', notShown, explainHandOver),
}

function explainHandOver({ taking }: Readonly<Record<string, unknown>>): string {
  if (typeof taking !== 'number' || taking === 1)
    return 'The answer that ends the login was lost, and the same browser got it again when it loaded the page once more.'
  return `The answer that ends the login was given again, for time ${taking}. It was lost again, or another browser with a copy of the cookies took it.`
}

/** Where the person's words say less. */
function explainEnd({ reason, by }: Readonly<Record<string, unknown>>): string | undefined {
  if (reason !== 'user_disabled') return undefined
  const [, directory] = /^directory:(.+)$/.exec(`${by}`) ?? []
  return directory === undefined
    ? 'A login ended, because the user was disabled.'
    : `A login ended, because the directory ${directory} does not let the user in any more.`
}

/** Why a session ended. */
const endings: Readonly<Record<string, MessageKey>> = {
  logout: 'event.logout',
  ended_by_owner: 'event.session_ended_by_owner',
  ended_by_admin: 'event.session_ended_by_admin',
  factor_removed: 'event.session_ended_removed',
  codes_replaced: 'event.session_ended_codes',
  app_key_reused: 'event.session_ended_reused',
  revoked_by_app: 'event.session_ended_by_app',
  restored: 'event.session_ended_restored',
}
