/** The first page of an enrolment: says what will be added and waits for a click, so that a link cannot begin one. */
import type { Step, Visit } from '../engine/step.ts'
import type { OwnAuthenticator, WayName } from '../factors/factor.ts'
import type { Holdings } from '../factors/holdings.ts'
import type { Database } from '../storage/database.ts'
import { type Message, type MessageKey, message } from '../ui/message.ts'

export interface EnrolBeginOptions<Kind extends WayName> {
  readonly db: Database
  readonly holdings: Pick<Holdings, 'find'>
  /** What can be added. */
  readonly kinds: readonly Kind[]
}

export function createEnrolBeginStep<const Kind extends WayName>(
  options: EnrolBeginOptions<Kind>,
): Step<'enrol/begin', Kind | 'cancelled'> {
  return {
    name: 'enrol/begin',
    outcomes: [...options.kinds, 'cancelled'],
    async run(visit) {
      const kind = options.kinds.find((one) => one === visit.request.authenticator?.kind)
      if (kind === undefined) return { type: 'done', outcome: 'cancelled' }
      if (visit.answers?.action === 'begin') return { type: 'done', outcome: kind }
      if (visit.answers?.action === 'back') return { type: 'done', outcome: 'cancelled' }
      return { type: 'ask', ask: askFor(kind, await replacedBy(options, visit)) }
    },
  }
}

async function replacedBy(
  { db, holdings }: EnrolBeginOptions<WayName>,
  { userId, request }: Visit,
): Promise<OwnAuthenticator | undefined> {
  const id = request.authenticator?.replaces
  return id === undefined || userId === undefined ? undefined : await holdings.find(db, userId, id)
}

function askFor(kind: WayName, replaced: OwnAuthenticator | undefined) {
  const lead: Message =
    replaced === undefined
      ? message(`enrol.begin.${kind}.lead`)
      : message('enrol.begin.replace.lead', { device: replaced.name ?? message('device.unnamed') })
  const title: MessageKey =
    replaced === undefined ? `enrol.begin.${kind}.title` : 'enrol.begin.replace.title'
  return {
    title: message(title),
    lead,
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'begin', label: message('enrol.begin.submit'), look: 'primary' },
          { value: 'back', label: message('push.cancel'), look: 'quiet' },
        ],
      },
    ],
  } as const
}
