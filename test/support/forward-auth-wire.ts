/** An app behind a proxy at the wire: Einlass is asked as each proxy asks it, without a proxy and without a browser. */
import type { TestContext } from 'node:test'
import { minutes } from '../../src/platform/kernel/clock.ts'
import { enterApp } from './enter-app.ts'
import { setForwardAuthStage } from './forward-auth-stage.ts'
import { sendRequest } from './wire.ts'

export const host = 'wiki.example.org'
export const origin = `https://${host}`
const rules = ['/admin groups=board', '/open public', '/vault level=phishing_resistant']

/** With erika, who is in the group office and has logged in. */
export async function setUpWire(t: TestContext) {
  let offset = 0
  const clock = { now: () => Date.now() + offset }
  const stage = await setForwardAuthStage(t, clock)
  const userId = await stage.addUser('erika', 'not asked for', ['office'])
  const session = await stage.signIn(userId)
  await stage.apps.create(stage.db, {
    id: 'wiki',
    protocol: 'forward-auth',
    name: 'Wiki',
    policy: { secondFactor: 'none' },
    settings: { addresses: [origin], rules },
  })
  const ask = (path: string, headers: Record<string, string | string[]> = {}) =>
    sendRequest(stage.origin, { path, headers: { host: 'einlass', ...headers } })
  return {
    ...stage,
    userId,
    session,
    ask,
    pass(ms: number): void {
      offset += ms
    },
    /** The mark of a use is written after the answer. */
    async untilSeen(): Promise<void> {
      const isSeen = async () => {
        const { last_seen_at: at } = await stage.db
          .selectFrom('sessions')
          .select('last_seen_at')
          .executeTakeFirstOrThrow()
        return at > clock.now() - minutes(1)
      }
      while (!(await isSeen())) await new Promise((go) => setTimeout(go, 5))
    },
    enter: (to?: string) =>
      enterApp({ einlass: stage.origin, host, session, ...(to !== undefined && { to }) }),
    /** As each proxy asks. */
    check(proxy: string, uri: string, headers: Record<string, string | string[]> = {}) {
      const asked =
        proxy === 'nginx'
          ? { 'x-original-url': `${origin}${uri}`, 'x-original-method': 'GET' }
          : {
              'x-forwarded-proto': 'https',
              'x-forwarded-host': host,
              'x-forwarded-uri': uri,
              'x-forwarded-method': 'GET',
            }
      return ask(`/forward-auth/${proxy}`, { ...asked, ...headers })
    },
  }
}
