/**
 * The step for a person whose phone or key is not at hand, whichever factor they came from. It asks what has happened, leads to
 * the other factors that they have or back, and gives the login a reference for the service desk. Changes no authenticator.
 */
import { z } from 'zod'
import { isAtLeast } from '../../../identity/policy/assurance.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import { journeyEntry, mergeData } from '../../engine/data.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import type { AllAuthenticators } from '../../factors/authenticators.ts'
import {
  chosenEntry,
  createCardValue,
  findCard,
  listCards,
  listFactorOptions,
} from '../../factors/enrolled.ts'
import type { Authenticator, Factor, FactorCard } from '../../factors/factor.ts'
import { markHeld, refuseHeld } from '../../factors/holds.ts'
import { type FactorKind, isPass } from '../../factors/index.ts'
import {
  heldBackEntry,
  type TroubleReason,
  type TroubleWords,
  troubleKindEntry,
  troubleReasonEntry,
  troubleReasons,
  troubleThingEntry,
} from '../../factors/trouble.ts'
import { type ChooseOptions, type Fitting, findFitting, mayFallbackHelp } from './choose.ts'
import {
  createDeskPrompt,
  type DeskOptions,
  openReference,
  referenceEntry,
} from './desk-reference.ts'
import { isAboutCode } from './no-code.ts'
import {
  createWhichForm,
  findMeant,
  findThing,
  listAlike,
  listOnDevice,
  listThings,
  nameThing,
  type Thing,
  writeMeant,
} from './things.ts'
import { createNoCodeForm, createTroubleForm, type TroublePage } from './trouble-page.ts'

export interface TroubleOptions {
  readonly choose: ChooseOptions
  /** All kinds. */
  readonly factors: readonly Pick<Factor, 'kind' | 'words' | 'leaveVerify'>[]
  readonly authenticators: Pick<AllAuthenticators, 'list'>
  readonly desk: DeskOptions
}

/** The person has asked for a pass that was not issued yet. */
const callingEntry = journeyEntry('trouble.calling', z.literal(true))

/** `other`: to the factor that was chosen here, or to the choice among all. A kind: back to its page. */
export function createTroubleStep(
  options: TroubleOptions,
): Step<'second-factor/trouble', FactorKind | 'other'> {
  return {
    name: 'second-factor/trouble',
    outcomes: [...options.factors.map(({ kind }) => kind), 'other'],
    run: (context) => run(options, context),
  }
}

type Result = StepResult<FactorKind | 'other'>

/** What the pages of one person are made from. */
interface Scene extends Omit<TroublePage, 'reason' | 'desk' | 'isCalling' | 'words'> {
  /** Those of which the person has not said yet which one they mean, where that matters. */
  readonly unclear: readonly Thing[]
  /** The card of the one that they mean, where it would do here. */
  readonly old: FactorCard | undefined
  readonly factor: TroubleOptions['factors'][number]
  /** Those of `others`. */
  readonly cards: readonly FactorCard[]
  /** Absent for a fallback: what is missing is a code. */
  readonly words: TroubleWords | undefined
  readonly desk: DeskOptions
  /** The kind of the pass that the person has, where it would do here. */
  readonly pass: FactorKind | undefined
}

async function run(options: TroubleOptions, context: StepContext): Promise<Result> {
  const { data, answers } = context
  const reference = referenceEntry.read(data)
  // Of a code nothing is said.
  const said = isAboutCode(data) ? undefined : findReason(answers)
  if (said !== undefined && reference !== undefined) {
    const change = sayReason(options, reference, said)
    const now = mergeData(data, { ...troubleReasonEntry.write(said), ...troubleThingEntry.clear() })
    const scene = await findScene(options, { ...context, data: now })
    return { ...ask(scene, said, reference), change }
  }
  const scene = await findScene(options, context)
  if (reference === undefined) return await begin(options, context, scene)
  const reason = troubleReasonEntry.read(data)
  const isCalling = callingEntry.read(data) === true
  if (answers?.action === 'back' && (reason !== undefined || isCalling)) {
    const cleared = {
      ...troubleReasonEntry.clear(),
      ...troubleThingEntry.clear(),
      ...callingEntry.clear(),
    }
    return { ...ask({ ...scene, unclear: [] }, undefined, reference), change: { data: cleared } }
  }
  const chosen = findThing(scene.unclear, answers?.action)
  if (chosen !== undefined) return await mean(options, context, chosen, reference)
  const page = ask(scene, reason, reference)
  const card = findCard(scene.cards, answers?.action)
  const held = card && (await refuseHeld(options.choose.factors, context, card))
  if (card !== undefined && held !== undefined) {
    return { ...page, formError: held, change: { data: heldBackEntry.write(card.kind) } }
  }
  const left = await leave(scene, context)
  if (left !== undefined) return left
  const isTooEarly = answers?.action === 'pass' && scene.mayGetPass
  if (!isTooEarly) return ask(scene, reason, reference, isCalling)
  const change = { data: callingEntry.write(true) }
  return { ...ask(scene, reason, reference, true), change }
}

const findReason = (answers: StepContext['answers']) =>
  troubleReasons.find((one) => one === answers?.action)

async function findScene(options: TroubleOptions, context: StepContext): Promise<Scene> {
  const kind = troubleKindEntry.read(context.data)
  const factor = options.factors.find((one) => one.kind === kind)
  const words = factor?.words.trouble
  if (factor === undefined) throw new Error('trouble with no factor')
  const fitting = await findFitting(options.choose, context)
  const cards = listCards(fitting.factors)
  const all = await options.authenticators.list(options.choose.db, requireUserId(context))
  const things = listThings(all)
  const reason = troubleReasonEntry.read(context.data)
  const isLost = reason === 'lost'
  const meant = findMeant(things, context.data, factor.kind)
  const isSaid = meant !== undefined && troubleThingEntry.read(context.data) !== undefined
  const old = meant && findOldCard(cards, meant)
  // Of the same kind only where the person can choose another one by its name, or has said that it is at hand.
  const isOneOfKind = cards.filter((one) => one.kind === kind).length === 1
  const isElsewhere = isSaid && !meant.parts.some((one) => one.kind === kind)
  const isOther = cards.filter(
    (one) =>
      (one.kind !== kind || !isOneOfKind || isElsewhere) && !(reason === 'renewed' && one === old),
  )
  const others = isLost ? omitLost(isOther, all, factor.kind, meant) : isOther
  const pass = others.find((one) => isPass(one.kind))?.kind
  const mayHelp = await mayFallbackHelp(options.choose, context)
  return {
    factor,
    words,
    unclear: isLost || reason === 'renewed' ? listUnclear(things, context.data, factor.kind) : [],
    old,
    oldTooWeak: old !== undefined && isSaid && isTooWeak(fitting, old),
    replaced: findReplaced(meant),
    others: listFactorOptions(await markHeld(options.choose.factors, context, others)),
    tooWeak: others
      .filter((one) => isTooWeak(fitting, one))
      .map((one) => createCardValue(one.kind, one.authenticatorId)),
    shownByPhone: others
      .filter((one) => isShownBy(findOwn(all, one), all, factor.kind))
      .map((one) => createCardValue(one.kind, one.authenticatorId)),
    cards: others,
    // A step-up enrols nothing, and a login that confirms a change leads to pages that do.
    mayEnrol: context.kind === 'login' && context.request.confirms === undefined,
    mayGetPass: ['login', 'reset'].includes(context.kind) && pass === undefined && mayHelp,
    tooLittle: mayHelp ? undefined : await sayTooLittle(options.choose, context),
    pass,
    desk: options.desk,
  }
}

/**
 * It lets the person in, and missing.ts removes nothing after it: a fallback stands for what was lost, any other has to be as
 * strong as the strongest that the person has.
 */
function isTooWeak({ factors, levels }: Fitting, { kind, authenticatorId }: FactorCard): boolean {
  const found = factors.find(({ factor }) => factor.kind === kind)
  if (found === undefined || found.factor.isFallback || levels.highest === undefined) return false
  const choice = found.enrolled.choices?.find(({ id }) => id === authenticatorId)
  return !isAtLeast(choice?.level ?? found.level, levels.highest)
}

/** An app that requires more than a code is named: for another one the code may do. */
async function sayTooLittle({ appName }: ChooseOptions, { request }: StepContext) {
  const app = await appName(request.appId)
  return app === undefined
    ? message('trouble.away.strong.plain')
    : message('trouble.away.strong', { app })
}

/** What is like the one whose page the person came from, where they have several and have not chosen one. */
function listUnclear(
  things: readonly Thing[],
  data: StepContext['data'],
  kind: FactorKind,
): readonly Thing[] {
  const alike = listAlike(things, kind)
  return alike.length > 1 && findMeant(things, data, kind) === undefined ? alike : []
}

/** Its own card, or the only one of its kind. */
function findOldCard(cards: readonly FactorCard[], { parts }: Thing): FactorCard | undefined {
  return cards.find(({ kind, authenticatorId }) =>
    parts.some((one) => one.kind === kind && one.id === (authenticatorId ?? one.id)),
  )
}

/** The name of what is removed, if it has one. Of several, a page asks which one it is. */
function findReplaced(meant: Thing | undefined): Message | undefined {
  const [main] = meant?.parts ?? []
  return main === undefined || main.name === null ? undefined : nameThing(main)
}

/** The authenticators that a card stands for. */
const findOwn = (all: readonly Authenticator[], { kind, authenticatorId }: FactorCard) =>
  all.filter((one) => one.kind === kind && one.id === (authenticatorId ?? one.id))

/** Whether nothing but the only phone of this kind shows them. */
function isShownBy(
  shown: readonly Authenticator[],
  all: readonly Authenticator[],
  kind: FactorKind,
): boolean {
  const phones = all.filter((one) => one.kind === kind)
  const ids = phones.length === 1 ? (phones[0]?.goesWith ?? []) : []
  return shown.length > 0 && shown.every(({ id }) => ids.includes(id))
}

/** What is on the lost device is lost with it: its owner cannot use it, and a thief can. */
function omitLost(
  cards: readonly FactorCard[],
  all: readonly Authenticator[],
  kind: FactorKind,
  thing: Thing | undefined,
): FactorCard[] {
  const lost = thing === undefined ? [] : listOnDevice(thing, kind)
  return cards.filter((card) => {
    const own = findOwn(all, card)
    return own.length === 0 || own.some(({ id }) => !lost.includes(id))
  })
}

function ask(
  scene: Scene,
  reason: TroubleReason | undefined,
  reference: string,
  isCalling = false,
): Extract<Result, { type: 'ask' }> {
  if (scene.unclear.length > 0 && reason !== undefined) {
    return { type: 'ask', form: createWhichForm(scene.unclear) }
  }
  const { desk: options, words } = scene
  const page = { ...scene, desk: createDeskPrompt(options, reference), isCalling }
  const form =
    words === undefined ? createNoCodeForm(page) : createTroubleForm({ ...page, words, reason })
  return { type: 'ask', form }
}

/** The person has said which one it is. */
async function mean(
  options: TroubleOptions,
  context: StepContext,
  thing: Thing,
  reference: string,
): Promise<Result> {
  const said = writeMeant(thing)
  const scene = await findScene(options, { ...context, data: mergeData(context.data, said) })
  return {
    ...ask(scene, troubleReasonEntry.read(context.data), reference),
    change: { data: said },
  }
}

async function begin(options: TroubleOptions, context: StepContext, scene: Scene): Promise<Result> {
  const { reference, change } = await openReference(options.desk, context, scene.factor.kind)
  return { ...ask(scene, undefined, reference), change }
}

function sayReason(
  { desk: { references } }: TroubleOptions,
  reference: string,
  reason: TroubleReason,
): Change {
  return {
    data: {
      ...troubleReasonEntry.write(reason),
      ...troubleThingEntry.clear(),
      ...callingEntry.clear(),
    },
    async write(tx) {
      await references.noteReason(tx, reference, reason)
      return true
    },
  }
}

/** `undefined`: the person stays on the pages of trouble. */
async function leave(
  { factor, others, pass, cards, old }: Scene,
  context: StepContext,
): Promise<Result | undefined> {
  const typed = context.answers?.action
  // A pass whose page the person has left.
  if (typed === 'pass' && isPass(factor.kind)) return { type: 'done', outcome: factor.kind }
  if (typed === 'use_old' && old !== undefined) {
    const isAsked = old.kind === factor.kind && old.authenticatorId === undefined
    const data = chosenEntry.write(createCardValue(old.kind, old.authenticatorId))
    if (!isAsked) return { type: 'done', outcome: 'other', change: { data } }
  }
  const action = typed === 'pass' ? pass : typed
  if (action === 'back' || action === 'again' || action === 'use_old') {
    return { type: 'done', outcome: factor.kind }
  }
  if (action === 'other' && others.length > 1) {
    return { type: 'done', outcome: 'other', change: { data: callingEntry.clear() } }
  }
  if (action === undefined || others.every(({ value }) => value !== action)) return undefined
  // What the same kind has sent stays: its step goes on with it, or sends to the phone that was chosen.
  const isSame = findCard(cards, action)?.kind === factor.kind
  const taken = isSame ? undefined : await factor.leaveVerify?.(context)
  const data = { ...taken?.data, ...callingEntry.clear(), ...chosenEntry.write(action) }
  return { type: 'done', outcome: 'other', change: { ...taken, data } }
}
