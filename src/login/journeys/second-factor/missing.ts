/**
 * The question after a fallback took the place of a factor: what happened to what was missing. Owns what each answer does.
 * Lost: it is removed at once, with the sessions and proofs that rest on it, and another one is enrolled. A new one: it is
 * enrolled at once, and replaces the old one when it works. Only not at hand: nothing changes. It asks about what the
 * person used last; another page leads to the others.
 */
import { z } from 'zod'
import type { Audit } from '../../../identity/audit/audit.ts'
import { type Acr, acrPassword, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import type { AllAuthenticators } from '../../factors/authenticators.ts'
import {
  besideEntry,
  codesLeftEntry,
  createFactorOption,
  provenEntry,
  recoveredEntry,
} from '../../factors/enrolled.ts'
import { factorEvents } from '../../factors/events.ts'
import type { FactorCard } from '../../factors/factor.ts'
import { type FactorKind, factorKinds, isFallback } from '../../factors/index.ts'
import { heldBackEntry, troubleKindEntry, troubleReasonEntry } from '../../factors/trouble.ts'
import { createDeskPrompt, type DeskOptions, referenceEntry } from './desk-reference.ts'
import { enrolledEntry } from './enrolled.ts'
import { lostEntry, lostLastEntry, replacesEntry } from './lost.ts'
import { createMissingForm } from './missing-page.ts'
import { createRenewForm, findRenewKind } from './renew-page.ts'
import {
  createWhichForm,
  findMeant,
  findThing,
  isAlike,
  listAlike,
  listThings,
  nameThing,
  type Thing,
} from './things.ts'
import { createWeakProofForm } from './weak-proof.ts'

export interface MissingOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  readonly audit: Audit
  /** The highest level of what the person has. */
  readonly findHighest: (queries: Queries, userId: Id<'user'>) => Promise<Acr | undefined>
  /** What can be enrolled here, in the order in which it is offered. */
  readonly enrolKinds: readonly FactorKind[]
  readonly findRequiredLevel: (context: StepContext) => Promise<Acr>
  /** Those that the person can use now. */
  readonly listFallbacks: (queries: Queries, userId: Id<'user'>) => Promise<readonly FactorCard[]>
  readonly support: DeskOptions['support']
}

interface Asking extends MissingOptions {
  /** What was verified is enough for this login, so that the person can go on without the thing. */
  readonly isEnough: boolean
}

/** The id of what the person said that it is about. */
const thingEntry = journeyEntry('second-factor.missing', z.string())

/** The question was answered in this journey. */
const answeredEntry = journeyEntry('second-factor.missing_answered', z.literal(true))

/**
 * A fallback: its code is asked for, as what was proven is too little to remove what is lost. `unchanged`: nothing is enrolled now. `passed`: there was no question, or what was proven is too little to change
 * anything. Else the kind
 * that is enrolled.
 */
export function createMissingStep(options: MissingOptions): Step<'second-factor/missing', string> {
  return {
    name: 'second-factor/missing',
    outcomes: [...options.enrolKinds, ...factorKinds.filter(isFallback), 'unchanged', 'passed'],
    run: (context) => run(options, context),
  }
}

async function run(options: MissingOptions, context: StepContext): Promise<StepResult<string>> {
  const { data, request } = context
  if (!isAsked(data)) return passed
  const isTooWeak = !(await mayChange(options, context))
  // New codes to fall back on follow what is unchanged, and they would change what the person has.
  const stays = isTooWeak ? passed : unchanged
  // A person who confirms a change on their own pages does there what has to be done.
  if (request.confirms !== undefined || answeredEntry.read(data) === true) return stays
  const all = await options.authenticators.list(options.db, requireUserId(context))
  // The code took the place of what is off, and nothing was missing.
  if (all.some(({ state }) => state === 'off')) return stays
  const things = orderThings(listThings(all), data)
  const renewed = findRenewed(things, data)
  const thing =
    things.find(({ id }) => id === thingEntry.read(data)) ?? findNamed(things, data) ?? things[0]
  if (thing === undefined) return stays
  if (isTooWeak) return await askTooWeak(options, context, things)
  const proven = provenEntry.read(data) ?? acrPassword
  const isEnough = isAtLeast(proven, await options.findRequiredLevel(context))
  const asking = { ...options, isEnough }
  if (renewed !== undefined) return askRenewed(options, context, renewed)
  return (
    takeWord(options, context, things) ??
    leaveSaid(takeAnswer(asking, context, things, thing)) ?? {
      type: 'ask',
      form: formFor(asking, context, things, thing),
    }
  )
}

/** After a fallback, or after another factor where the person has said before that something is lost or was replaced. */
function isAsked(data: StepContext['data']): boolean {
  if (enrolledEntry.read(data) !== undefined) return false
  // The person has turned back from the enrolment.
  if (replacesEntry.read(data) !== undefined) return true
  const reason = troubleReasonEntry.read(data)
  const isSaid = reason === 'lost' || reason === 'renewed'
  return recoveredEntry.read(data) === true || (isSaid && provenEntry.read(data) !== undefined)
}

/**
 * A fallback stands for what was lost. Any other proof has to be worth as much as the strongest that the person has, as on
 * their own pages: otherwise one code of an app, read on a copied page, would be enough to put another phone in the place
 * of the owner's.
 */
async function mayChange(
  { db, findHighest }: MissingOptions,
  context: StepContext,
): Promise<boolean> {
  if (recoveredEntry.read(context.data) === true) return true
  const highest = await findHighest(db, requireUserId(context))
  return isAtLeast(provenEntry.read(context.data) ?? acrPassword, highest ?? acrPassword)
}

async function askTooWeak(
  { db, listFallbacks, support }: MissingOptions,
  context: StepContext,
  things: readonly Thing[],
): Promise<StepResult<string>> {
  const { answers, data } = context
  if (answers?.action === 'next') return passed
  const proven = provenEntry.read(data) ?? acrPassword
  const strong = things.filter(({ parts }) => parts.some(({ level }) => !isAtLeast(proven, level)))
  const thing = findNamed(things, data) ?? strong[0]
  const stronger = strong.find((one) => one === thing) ?? strong[0]
  const [main, strongest] = [thing?.parts[0], stronger?.parts[0]]
  if (main === undefined || strongest === undefined) return passed
  const fallbacks = await listFallbacks(db, requireUserId(context))
  const chosen = fallbacks.find(({ kind }) => kind === answers?.action)
  if (chosen !== undefined) return { type: 'done', outcome: chosen.kind }
  const reference = referenceEntry.read(data)
  const form = createWeakProofForm({
    device: nameThing(main),
    stronger: strongest === main ? undefined : nameThing(strongest),
    isLost: troubleReasonEntry.read(data) === 'lost',
    fallbacks: fallbacks.map((card) => createFactorOption(card)),
    desk: reference === undefined ? undefined : createDeskPrompt({ support }, reference),
  })
  return { type: 'ask', form }
}

/** What was just used in place of another thing is in the hand, so the question does not begin with it. */
function orderThings(things: readonly Thing[], data: StepContext['data']): readonly Thing[] {
  if (recoveredEntry.read(data) === true) return things
  return [...things.slice(1), ...things.slice(0, 1)]
}

/**
 * What the person has said before of the only one like it, or of one by its name: then there is nothing to ask. What was said to be lost and
 * was verified after all is asked about.
 */
function takeWord(
  options: MissingOptions,
  context: StepContext,
  things: readonly Thing[],
): StepResult<string> | undefined {
  const { data } = context
  const kind = findSaidKind(data)
  const thing = kind && findMeant(things, data, kind)
  if (thing === undefined) return undefined
  const reason = troubleReasonEntry.read(data)
  if (reason === 'renewed') return renew(options, thing)
  if (reason === undefined || recoveredEntry.read(data) !== true) return undefined
  if (reason === 'away') return keep()
  const mayEnrol = findReplacement(options, thing) !== undefined
  return mayEnrol ? loseAndEnrol(options, context, things, thing) : undefined
}

/** The first of the kind that the person has said to miss. */
function findNamed(things: readonly Thing[], data: StepContext['data']): Thing | undefined {
  const kind = troubleReasonEntry.read(data) && findSaidKind(data)
  return kind && (findMeant(things, data, kind) ?? listAlike(things, kind)[0])
}

const findSaidKind = (data: StepContext['data']): FactorKind | undefined =>
  factorKinds.find((kind) => kind === troubleKindEntry.read(data))

const unchanged: StepResult<string> = { type: 'done', outcome: 'unchanged' }
const passed: StepResult<string> = { type: 'done', outcome: 'passed' }

function takeAnswer(
  options: Asking,
  context: StepContext,
  things: readonly Thing[],
  thing: Thing,
): StepResult<string> | undefined {
  const action = context.answers?.action
  if (action === 'home') return keep()
  if (action === 'other' && things.length > 1) {
    return { type: 'ask', form: createWhichForm(things) }
  }
  const chosen = findThing(things, action)
  if (chosen !== undefined) {
    const form = formFor(options, context, things, chosen)
    return { type: 'ask', form, change: { data: thingEntry.write(chosen.id) } }
  }
  if (action === 'lost') return loseAndEnrol(options, context, things, thing)
  return action === 'new' ? renew(options, thing) : undefined
}

/** Its page has said how many codes are left. */
function leaveSaid(result: StepResult<string> | undefined): StepResult<string> | undefined {
  if (result?.type !== 'done') return result
  const data = { ...result.change?.data, ...codesLeftEntry.clear() }
  return { ...result, change: { ...result.change, data } }
}

/** What a new one was to replace, which its owner has confirmed with and which the question therefore is not about. */
function findRenewed(things: readonly Thing[], data: StepContext['data']): Thing | undefined {
  if (recoveredEntry.read(data) === true) return undefined
  const ids = replacesEntry.read(data)?.split(' ') ?? []
  return things.find(({ parts }) => parts.some(({ id }) => ids.includes(id)))
}

function askRenewed(
  options: MissingOptions,
  { answers }: StepContext,
  thing: Thing,
): StepResult<string> {
  if (answers?.action === 'home') return keep()
  const own = findReplacement(options, thing)
  const kinds = options.enrolKinds.filter((kind) => kind === own || isPhone(kind, thing))
  const kind = findRenewKind(kinds, answers?.action)
  const [main] = thing.parts
  if (kind !== undefined) return renew(options, thing, kind) ?? passed
  if (main === undefined) return passed
  return { type: 'ask', form: createRenewForm(nameThing(main), kinds) }
}

/** Whether both are phones that confirm logins, by whatever app. */
const isPhone = (kind: FactorKind, { parts: [main] }: Thing): boolean =>
  main !== undefined && isAlike(kind, main.kind)

/** To the enrolment of a new one, which replaces this one as soon as it works. */
function renew(
  options: MissingOptions,
  thing: Thing,
  kind = findReplacement(options, thing),
): StepResult<string> | undefined {
  if (kind === undefined) return undefined
  const ids = thing.parts.map(({ id }) => id).join(' ')
  const data = {
    ...besideEntry.write(true),
    ...replacesEntry.write(ids),
    ...troubleReasonEntry.clear(),
  }
  return { type: 'done', outcome: kind, change: { data } }
}

/** Everything stays as it is. */
function keep(): StepResult<string> {
  const data = { ...besideEntry.clear(), ...replacesEntry.clear(), ...answeredEntry.write(true) }
  return { type: 'done', outcome: 'unchanged', change: { data } }
}

/** To the enrolment of another one, where there can be one. */
function loseAndEnrol(
  options: MissingOptions,
  context: StepContext,
  things: readonly Thing[],
  thing: Thing,
): StepResult<string> {
  const outcome = findReplacement(options, thing) ?? 'unchanged'
  return { type: 'done', outcome, change: lose(options, context, thing, things.length === 1) }
}

/** What takes its place: something of a kind that it was. */
function findReplacement({ enrolKinds }: MissingOptions, { parts }: Thing): FactorKind | undefined {
  return enrolKinds.find((kind) => parts.some((one) => one.kind === kind))
}

/** This journey goes on; every other login that rests on the thing ends, also the one that this browser had before. */
function lose(
  { authenticators, audit }: MissingOptions,
  context: StepContext,
  { parts }: Thing,
  isLast: boolean,
): Change {
  const userId = requireUserId(context)
  const client = { ...context.client, session: undefined }
  return {
    data: {
      ...besideEntry.write(true),
      ...replacesEntry.clear(),
      ...answeredEntry.write(true),
      ...lostEntry.write(parts[0]?.name ?? ''),
      ...lostLastEntry.write(isLast ? true : undefined),
    },
    async write(tx) {
      // What goes with another part of the thing is removed with that one.
      const included = new Set(parts.flatMap(({ goesWith = [] }) => goesWith))
      for (const { id, kind } of parts) {
        const removal = { userId, id, client, isLost: true, except: context.journeyHash }
        const isRemoved =
          included.has(id) || (await authenticators.remove(tx, removal)) !== undefined
        if (!isRemoved) return false
        await audit.record(tx, factorEvents.lost, { userId, kind, authenticatorId: id })
      }
      return true
    },
  }
}

function formFor(
  options: Asking,
  { data }: StepContext,
  things: readonly Thing[],
  thing: Thing,
): Form {
  const mayEnrol = findReplacement(options, thing) !== undefined
  const held = heldBackEntry.read(data)
  const isHeldBack = thing.parts.some(({ kind }) => kind === held)
  const { isEnough } = options
  return createMissingForm(thing, {
    mayEnrol,
    isHeldBack,
    isEnough,
    hasOthers: things.length > 1,
    codesLeft: codesLeftEntry.read(data),
  })
}
