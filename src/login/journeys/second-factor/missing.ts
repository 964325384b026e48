/**
 * The question after a fallback took the place of a factor: what happened to what was missing. Owns what each answer does.
 * Lost: it is removed at once, with the sessions and proofs that rest on it, and another one is enrolled. A new one: it is
 * enrolled at once, and replaces the old one when it works. Only not at hand: nothing changes. It asks about what the
 * person used last; another page leads to the others.
 */
import { z } from 'zod'
import type { Audit } from '../../../identity/audit/audit.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { journeyEntry } from '../../engine/data.ts'
import type { ChoiceOption, Form } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import type { AllAuthenticators } from '../../factors/authenticators.ts'
import { besideEntry, provenEntry, recoveredEntry } from '../../factors/enrolled.ts'
import { factorEvents } from '../../factors/events.ts'
import type { Authenticator } from '../../factors/factor.ts'
import { describeFactor, type FactorKind } from '../../factors/index.ts'
import { troubleKindEntry } from '../../factors/trouble.ts'
import { enrolledEntry, replacesEntry } from './enrolled.ts'
import { troubleReasonEntry } from './trouble.ts'

export interface MissingOptions {
  readonly db: Database
  readonly authenticators: Pick<AllAuthenticators, 'list' | 'remove'>
  readonly audit: Audit
  /** What can be enrolled here, in the order in which it is offered. */
  readonly enrolKinds: readonly FactorKind[]
}

/** The id of what the person said that it is about. */
const thingEntry = journeyEntry('second-factor.missing', z.string())

/** The question was answered in this journey. */
const answeredEntry = journeyEntry('second-factor.missing_answered', z.literal(true))

/** What a person holds in the hand: one authenticator, or several of different kinds that bear one name. */
export interface Thing {
  /** The id of its first authenticator. */
  readonly id: string
  readonly parts: readonly Authenticator[]
}

/** `unchanged`: nothing is enrolled now. `passed`: there was no question. Else the kind that is enrolled. */
export function createMissingStep(options: MissingOptions): Step<'second-factor/missing', string> {
  return {
    name: 'second-factor/missing',
    outcomes: [...options.enrolKinds, 'unchanged', 'passed'],
    run: (context) => run(options, context),
  }
}

async function run(options: MissingOptions, context: StepContext): Promise<StepResult<string>> {
  const { data, request } = context
  if (!isAsked(data)) return { type: 'done', outcome: 'passed' }
  // A person who confirms a change on their own pages does there what has to be done.
  if (request.confirms !== undefined || answeredEntry.read(data) === true) return unchanged
  const all = await options.authenticators.list(options.db, requireUserId(context))
  // The code took the place of what is off, and nothing was missing.
  if (all.some(({ state }) => state === 'off')) return unchanged
  const things = listThings(all)
  const thing = things.find(({ id }) => id === thingEntry.read(data)) ?? things[0]
  if (thing === undefined) return unchanged
  const renewed = findRenewed(things, data)
  const begun = renewed && renew(options, renewed)
  if (begun !== undefined) return begun
  return (
    takeAnswer(options, context, things, thing) ?? {
      type: 'ask',
      form: formFor(options, things, thing),
    }
  )
}

/** After a fallback, or after another factor where the person has said before that something is lost or was replaced. */
function isAsked(data: StepContext['data']): boolean {
  if (enrolledEntry.read(data) !== undefined) return false
  const reason = troubleReasonEntry.read(data)
  const isSaid = reason === 'lost' || reason === 'renewed'
  return recoveredEntry.read(data) === true || (isSaid && provenEntry.read(data) !== undefined)
}

/** The only one of the kind that the person has said to have a new one of: then there is nothing to ask. */
function findRenewed(things: readonly Thing[], data: StepContext['data']): Thing | undefined {
  if (troubleReasonEntry.read(data) !== 'renewed') return undefined
  const kind = troubleKindEntry.read(data)
  const found = things.filter(({ parts }) => parts.some((one) => one.kind === kind))
  return found.length === 1 ? found[0] : undefined
}

const unchanged: StepResult<string> = { type: 'done', outcome: 'unchanged' }

function takeAnswer(
  options: MissingOptions,
  context: StepContext,
  things: readonly Thing[],
  thing: Thing,
): StepResult<string> | undefined {
  const action = context.answers?.action
  if (action === 'home') {
    const data = { ...besideEntry.clear(), ...replacesEntry.clear(), ...answeredEntry.write(true) }
    return { type: 'done', outcome: 'unchanged', change: { data } }
  }
  if (action === 'other' && things.length > 1) {
    return { type: 'ask', form: createWhichForm(things) }
  }
  const chosen = things.find(({ id }) => action === `${thingPrefix}${id}`)
  if (chosen !== undefined) {
    const form = formFor(options, things, chosen)
    return { type: 'ask', form, change: { data: thingEntry.write(chosen.id) } }
  }
  const kind = findReplacement(options, thing)
  if (action === 'lost') {
    return { type: 'done', outcome: kind ?? 'unchanged', change: lose(options, context, thing) }
  }
  return action === 'new' ? renew(options, thing) : undefined
}

/** To the enrolment of a new one, which replaces this one as soon as it works. */
function renew(options: MissingOptions, thing: Thing): StepResult<string> | undefined {
  const kind = findReplacement(options, thing)
  if (kind === undefined) return undefined
  const ids = thing.parts.map(({ id }) => id).join(' ')
  const data = {
    ...besideEntry.write(true),
    ...replacesEntry.write(ids),
    ...troubleReasonEntry.clear(),
  }
  return { type: 'done', outcome: kind, change: { data } }
}

const thingPrefix = 'thing:'

/** What takes its place: something of a kind that it was. */
function findReplacement({ enrolKinds }: MissingOptions, { parts }: Thing): FactorKind | undefined {
  return enrolKinds.find((kind) => parts.some((one) => one.kind === kind))
}

/** This journey goes on; every other login that rests on the thing ends, also the one that this browser had before. */
function lose(
  { authenticators, audit }: MissingOptions,
  context: StepContext,
  { parts }: Thing,
): Change {
  const userId = requireUserId(context)
  const client = { ...context.client, session: undefined }
  return {
    data: { ...besideEntry.write(true), ...replacesEntry.clear(), ...answeredEntry.write(true) },
    async write(tx) {
      for (const { id, kind } of parts) {
        const removal = { userId, id, client, isLost: true, except: context.journeyHash }
        if ((await authenticators.remove(tx, removal)) === undefined) return false
        await audit.record(tx, factorEvents.lost, { userId, kind, authenticatorId: id })
      }
      return true
    },
  }
}

/** Those that can be missing, the last used first. */
export function listThings(all: readonly Authenticator[]): Thing[] {
  const own = all.filter(({ kind, state }) => canBeMissing(kind) && canBeUsed(state))
  const first = own.filter((one) => findTogether(own, one)[0] === one)
  return first.map((one) => ({ id: one.id, parts: findTogether(own, one) }))
}

/** What belongs to another host was not what the person missed. */
const canBeUsed = (state: Authenticator['state']) =>
  state === 'usable' || state === 'cannot_be_reached'

const canBeMissing = (kind: FactorKind) => describeFactor(kind).words.missing !== undefined

/** One phone can hold authenticators of several kinds. Two of one kind with the same name are two phones. */
function findTogether(own: readonly Authenticator[], one: Authenticator): Authenticator[] {
  const namesakes = own.filter(({ name }) => name !== null && name === one.name)
  const isOneThing = new Set(namesakes.map(({ kind }) => kind)).size === namesakes.length
  return isOneThing && namesakes.length > 0 ? namesakes : [one]
}

function formFor(options: MissingOptions, things: readonly Thing[], thing: Thing): Form {
  const mayEnrol = findReplacement(options, thing) !== undefined
  return createMissingForm(thing, { mayEnrol, hasOthers: things.length > 1 })
}

export function createMissingForm(
  thing: Thing,
  { mayEnrol, hasOthers }: { readonly mayEnrol: boolean; readonly hasOthers: boolean },
): Form {
  const [main] = thing.parts
  if (main === undefined) throw new Error('a thing without parts')
  const { words } = describeFactor(main.kind)
  const hint = message(mayEnrol ? 'missing.lost.hint' : 'missing.lost.hint.only')
  const options: ChoiceOption[] = [
    { value: 'lost', label: message('missing.lost'), hint, look: 'card', icon: 'never' },
    ...(mayEnrol ? [newOption] : []),
    {
      value: 'home',
      label: message('missing.home'),
      hint: message('missing.home.hint'),
      look: 'card',
      icon: 'later',
    },
    ...(hasOthers ? [otherThing] : []),
  ]
  return {
    title: words.missing ?? words.name,
    lead: message('missing.lead', { device: nameThing(main) }),
    width: 'narrow',
    prompts: [{ type: 'choice', name: 'action', options }],
  }
}

const newOption: ChoiceOption = {
  value: 'new',
  label: message('missing.new'),
  hint: message('missing.new.hint'),
  look: 'card',
  icon: 'phone',
}

const otherThing: ChoiceOption = {
  value: 'other',
  label: message('missing.other'),
  look: 'quiet',
}

export function createWhichForm(things: readonly Thing[]): Form {
  const options = things.flatMap(({ id, parts: [main] }) =>
    main === undefined ? [] : [createThingOption(id, main)],
  )
  return {
    title: message('missing.which'),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [...options, { value: 'back', label: message('enrol.back'), look: 'quiet' }],
      },
    ],
  }
}

function createThingOption(id: string, main: Authenticator): ChoiceOption {
  const { words, icon } = describeFactor(main.kind)
  const hint = message('missing.which.hint', { kind: words.name, day: main.addedAt })
  return { value: `${thingPrefix}${id}`, label: nameThing(main), hint, look: 'card', icon }
}

function nameThing({ name, kind }: Authenticator): Message {
  return name === null ? describeFactor(kind).words.name : message('missing.name', { name })
}
