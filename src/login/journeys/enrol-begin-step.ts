/** The first page of an enrolment: says what will be added and waits for a click, so that a link cannot begin one. */

import type { Database } from '../../platform/storage/database.ts'
import { type Message, type MessageKey, message } from '../../platform/ui/message.ts'
import type { Form } from '../engine/prompt.ts'
import type { Step, StepContext } from '../engine/step.ts'
import type { WayName } from '../factors/factor.ts'
import type { Holdings } from '../factors/holdings.ts'
import { type HasRoom, mostOf } from '../factors/room.ts'

export interface EnrolBeginOptions<Kind extends WayName> {
  readonly db: Database
  readonly holdings: Pick<Holdings, 'find' | 'list'>
  readonly hasRoom: HasRoom
  /** What can be added. */
  readonly kinds: readonly Kind[]
}

export function createEnrolBeginStep<const Kind extends WayName>(
  options: EnrolBeginOptions<Kind>,
): Step<'enrol/begin', Kind | 'cancelled'> {
  return {
    name: 'enrol/begin',
    outcomes: [...options.kinds, 'cancelled'],
    async run(context) {
      const kind = options.kinds.find((one) => one === context.request.authenticator?.kind)
      if (kind === undefined) return { type: 'done', outcome: 'cancelled' }
      if (context.answers?.action === 'back') return { type: 'done', outcome: 'cancelled' }
      const { userId, request } = context
      const replaces = request.authenticator?.replaces
      if (!(await options.hasRoom(options.db, { userId, kind, replaces }))) {
        return { type: 'ask', form: createFullForm(kind) }
      }
      if (context.answers?.action === 'begin') return { type: 'done', outcome: kind }
      const lead = await leadFor(options, context, kind)
      const isReplaced = replaces !== undefined
      return { type: 'ask', form: askFor(isReplaced ? 'replace' : kind, lead) }
    },
  }
}

async function leadFor(
  { db, holdings }: EnrolBeginOptions<WayName>,
  { userId, request }: StepContext,
  kind: WayName,
): Promise<Message> {
  if (userId === undefined) return message(`enrol.begin.${kind}.lead`)
  const id = request.authenticator?.replaces
  const replaced = id === undefined ? undefined : await holdings.find(db, userId, id)
  if (replaced !== undefined) {
    const device = replaced.name ?? message('device.unnamed')
    return message('enrol.begin.replace.lead', { device })
  }
  if (kind !== 'recovery') return message(`enrol.begin.${kind}.lead`)
  const all = await holdings.list(db, userId)
  const isFirst = all.every((one) => one.kind !== 'recovery')
  return message(isFirst ? 'enrol.begin.recovery.lead.first' : 'enrol.begin.recovery.lead')
}

/** There are as many as there may be. */
export function createFullForm(kind: WayName): Form {
  const text = fullTexts[kind]
  if (text === undefined) throw new Error(`there is no limit of ${kind}`)
  return {
    title: message(`enrol.begin.${kind}.title`),
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'info', text: message(text, { most: mostOf[kind] ?? 0 }) },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'back', label: message('enrol.full.back'), look: 'primary' }],
      },
    ],
  }
}

const fullTexts: Readonly<Partial<Record<WayName, MessageKey>>> = {
  push: 'enrol.full.push',
  totp: 'enrol.full.totp',
  passkey: 'enrol.full.passkey',
}

function askFor(what: WayName | 'replace', lead: Message) {
  return {
    title: message(`enrol.begin.${what}.title`),
    lead,
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'begin', label: message('enrol.begin.submit'), look: 'primary' },
          { value: 'back', label: message('action.cancel'), look: 'quiet' },
        ],
      },
    ],
  } as const
}
