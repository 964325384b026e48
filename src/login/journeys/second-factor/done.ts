/**
 * The page after an enrolment: what happens at the next login, what else is worth having, and the way on to the app. A
 * journey that enrolled nothing passes.
 */
import type { Database } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext } from '../../engine/step.ts'
import { type AllAuthenticators, omitLinked } from '../../factors/authenticators.ts'
import { besideEntry, codesLeftEntry } from '../../factors/enrolled.ts'
import type { Authenticator, Factor } from '../../factors/factor.ts'
import { describeFactor, isFallback } from '../../factors/index.ts'
import { enrolledEntry, replacedEntry } from './enrolled.ts'

export interface DoneOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly factors: readonly Pick<Factor, 'kind' | 'isAvailable' | 'isFallback' | 'offerBeside'>[]
  readonly appName: (appId: string | undefined) => Promise<string | undefined>
}

/** `left`: on to the app. `passed`: nothing was enrolled. Else the kind of what was chosen. */
export function createDoneStep(options: DoneOptions): Step<'second-factor/done', string> {
  return {
    name: 'second-factor/done',
    outcomes: [...options.factors.map(({ kind }) => kind), 'left', 'passed'],
    async run(context) {
      const { data, answers } = context
      if (enrolledEntry.read(data) !== true) return { type: 'done', outcome: 'passed' }
      if (answers?.action === 'left') {
        const change = {
          data: {
            ...enrolledEntry.clear(),
            ...replacedEntry.clear(),
            ...besideEntry.clear(),
            ...codesLeftEntry.clear(),
          },
        }
        return { type: 'done', outcome: 'left', change }
      }
      const offered = await listOffered(options, context)
      const chosen = offered.find(({ value }) => value === answers?.action)
      if (chosen !== undefined) return { type: 'done', outcome: chosen.value }
      const all = await options.authenticators.list(options.db, requireUserId(context))
      const app = await options.appName(context.request.appId)
      return {
        type: 'ask',
        form: createDoneForm({
          newest: findNewest(omitLinked(all)),
          replaced: replacedEntry.read(data),
          codesLeft: codesLeftEntry.read(data),
          offered,
          app,
        }),
      }
    },
  }
}

/** What stands in for others comes first. */
async function listOffered(
  { factors }: DoneOptions,
  context: StepContext,
): Promise<ChoiceOption[]> {
  const available = factors.filter(({ isAvailable }) => isAvailable)
  const ordered = [
    ...available.filter((one) => one.isFallback),
    ...available.filter((one) => !one.isFallback),
  ]
  const offered: ChoiceOption[] = []
  for (const factor of ordered) {
    const option = await factor.offerBeside?.(context)
    if (option !== undefined) offered.push(option)
  }
  return offered
}

function findNewest(all: readonly Authenticator[]): Authenticator | undefined {
  return all
    .filter(({ kind }) => !isFallback(kind) || describeFactor(kind).words.made !== undefined)
    .reduce<Authenticator | undefined>(
      (newest, one) => (newest === undefined || one.addedAt >= newest.addedAt ? one : newest),
      undefined,
    )
}

export interface Done {
  readonly newest: Pick<Authenticator, 'kind' | 'name'> | undefined
  /** The name of what it has replaced; empty: it had none. */
  readonly replaced?: string | undefined
  /** After a code was used of which more than a few are left. */
  readonly codesLeft?: number | undefined
  /** What is worth having beside it; nobody needs it to go on. */
  readonly offered: readonly ChoiceOption[]
  readonly app: string | undefined
}

export function createDoneForm({ newest, replaced, codesLeft, offered, app }: Done): Form {
  const label = app === undefined ? message('done.left') : message('done.left.app', { app })
  const options: ChoiceOption[] = [
    { value: 'left', label, look: 'primary' },
    ...offered.map((one): ChoiceOption => ({ ...one, look: 'card' })),
  ]
  const words = newest && describeFactor(newest.kind).words
  const prompts: Prompt[] = [
    { type: 'notice', tone: 'success', text: words?.made ?? describeDone(newest?.name, replaced) },
    { type: 'choice', name: 'action', options },
    ...(codesLeft === undefined
      ? []
      : [{ type: 'paragraph', text: message('codes.left', { left: codesLeft }) } as const]),
  ]
  return {
    title: message('done.title'),
    ...(words?.nextLogin && { lead: words.nextLogin }),
    width: 'narrow',
    prompts,
  }
}

function describeDone(name: string | null | undefined, replaced: string | undefined): Message {
  if (replaced === undefined) {
    return name == null ? message('done.text') : message('done.text.named', { device: name })
  }
  if (name == null || replaced === '') return message('done.text.replaced')
  return name === replaced
    ? message('done.text.replaced.same', { device: name })
    : message('done.text.replaced.named', { device: name, old: replaced })
}
