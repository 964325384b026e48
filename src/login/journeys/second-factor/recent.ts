/**
 * The question at a login whether its person set up what is new on the account. Only an authenticator that was there before can
 * answer: the one that was set up by it, or the password alone, would speak for themselves. A person who says no undoes it.
 */
import { z } from 'zod'
import type { Database } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form } from '../../engine/prompt.ts'
import { requireUserId, type Step, type StepContext } from '../../engine/step.ts'
import type { JourneyStore } from '../../engine/store.ts'
import type { AllAuthenticators } from '../../factors/authenticators.ts'
import type { Authenticator } from '../../factors/factor.ts'
import { describeFactor, isFallback } from '../../factors/index.ts'
import type { NewAuthenticators } from '../../factors/new-authenticators.ts'
import type { ReportNotMe } from '../../report/report.ts'

/** The ids that the page has shown: an answer is about nothing else. */
const shownEntry = journeyEntry('second-factor.recent', z.string())

export interface RecentOptions {
  readonly db: Database
  readonly fresh: Pick<NewAuthenticators, 'list' | 'forget'>
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly store: Pick<JourneyStore, 'proofsOfJourney'>
  readonly reportNotMe: ReportNotMe
}

export interface Recent extends Pick<Authenticator, 'id' | 'kind' | 'name'> {
  readonly boundAt: number
}

/** `passed`: nothing is new, or the person said that it was them. */
export function createRecentStep(options: RecentOptions): Step<'second-factor/recent', 'passed'> {
  return {
    name: 'second-factor/recent',
    outcomes: ['passed'],
    async run(context) {
      const recent = await findRecent(options, context)
      const [first] = recent
      if (first === undefined) return { type: 'done', outcome: 'passed' }
      const shown = shownEntry.read(context.data)?.split(' ') ?? []
      const isComplete = recent.every(({ id }) => shown.includes(id))
      const userId = requireUserId(context)
      if (isComplete && context.answers?.action === 'mine') {
        const change = {
          data: shownEntry.clear(),
          async write(tx: Parameters<ReportNotMe>[0]) {
            await options.fresh.forget(tx, userId, shown)
            return true
          },
        }
        return { type: 'done', outcome: 'passed', change }
      }
      const form = createRecentForm(recent)
      if (isComplete && context.answers?.action === 'not_me') {
        const bound = { authenticatorId: first.id, at: first.boundAt }
        return {
          type: 'ask',
          form,
          change: {
            // This ends every login of the person, this one too. The next page says why.
            async write(tx: Parameters<ReportNotMe>[0]) {
              await options.reportNotMe(tx, { userId, bound, source: 'login' })
              return true
            },
          },
        }
      }
      if (isComplete) return { type: 'ask', form }
      const ids = recent.map(({ id }) => id).join(' ')
      return { type: 'ask', form, change: { data: shownEntry.write(ids) } }
    },
  }
}

/** The earliest first. */
async function findRecent(options: RecentOptions, context: StepContext): Promise<Recent[]> {
  const { db, fresh, authenticators, store } = options
  const userId = requireUserId(context)
  const bound = await fresh.list(db, userId)
  if (bound.length === 0) return []
  const all = await authenticators.list(db, userId)
  const written = await store.proofsOfJourney(db, context.journeyHash)
  const ids = [...written, ...context.unwrittenProofs].map((proof) => proof.authenticatorId)
  const proven = all.filter(({ id, kind }) => ids.includes(id) && !isFallback(kind))
  const since = Math.min(...proven.map(({ addedAt }) => addedAt))
  return bound.flatMap(({ id, boundAt }) => {
    const own = all.find((one) => one.id === id)
    if (own === undefined || boundAt <= since || proven.length === 0) return []
    const isProven = proven.some((one) => one === own || isLinked(one, own))
    return isProven ? [] : [{ id, kind: own.kind, name: own.name, boundAt }]
  })
}

const isLinked = (one: Authenticator, other: Authenticator): boolean =>
  one.goesWith?.includes(other.id) === true || other.goesWith?.includes(one.id) === true

export function createRecentForm(recent: readonly Recent[]): Form {
  return {
    title: message('recent.title'),
    lead: message('recent.lead'),
    width: 'narrow',
    prompts: [
      {
        type: 'facts',
        rows: recent.map(({ kind, name, boundAt: at }) => ({
          label: describeFactor(kind).words.name,
          value:
            name === null
              ? message('facts.moment', { at })
              : message('recent.item', { device: name, at }),
        })),
      },
      {
        type: 'choice',
        name: 'action',
        options: [
          { value: 'mine', label: message('recent.mine'), look: 'primary' },
          { value: 'not_me', label: message('not_me.submit'), look: 'secondary' },
        ],
      },
      { type: 'paragraph', text: message('recent.then') },
    ],
  }
}
