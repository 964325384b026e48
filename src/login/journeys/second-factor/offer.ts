/**
 * The choice after the password, when a second factor is wanted and the person has none. What the policy does not
 * allow is neither shown nor accepted.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import { isAtLeast } from '../../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../../identity/policy/effective.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { type Message, type MessageKey, message } from '../../../platform/ui/message.ts'
import type { ChoiceStore } from '../../decision/choices.ts'
import { isDeferredAgain } from '../../decision/decide.ts'
import { writeDeferralRule } from '../../decision/deferral.ts'
import { choiceEvents } from '../../decision/events.ts'
import type { DecideFirstFactor } from '../../decision/first-factor-facts.ts'
import { type DecisionSources, decideInJourney } from '../../decision/requirement.ts'
import type { StepName } from '../../engine/journey.ts'
import type { ChoiceOption, Form, LinkPrompt, Prompt } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { deferralRuleEntry } from '../../factors/enrolled.ts'
import type { FactorDescription, FactorOffer, LeadKey, OfferCase } from '../../factors/factor.ts'
import { cancelLink } from './cancel.ts'
import {
  createDeskPrompt,
  type DeskOptions,
  openReference,
  referenceEntry,
} from './desk-reference.ts'
import { laterEntry } from './lost.ts'
import {
  createMissingProofForm,
  type EnrolmentPlaces,
  findMissingProof,
  type MissingProof,
} from './missing-proof.ts'
import { putDeskFirst } from './trouble-page.ts'

export interface OfferOptions extends DecisionSources {
  readonly choices: Pick<ChoiceStore, 'skip'>
  readonly audit: Audit
  /** What can be enrolled here. */
  readonly addable: readonly OfferedFactor[]
  readonly decideFirst: DecideFirstFactor
  readonly enrolmentPlaces: EnrolmentPlaces
  readonly desk: DeskOptions
  /** The kinds that are offered, the recommended one first. */
  readonly offered: readonly string[]
}

/** What the offer needs of a factor. */
export type OfferedFactor = Pick<FactorDescription, 'kind' | 'highestLevel' | 'offer'>

/** What is offered to whom. */
export interface Offer {
  readonly app: string | undefined
  readonly policy: EffectivePolicy
  readonly skips: number
  /** A skip uses up none. */
  readonly isSkippedAgain?: boolean
  readonly decline: boolean
  /** The factors that reach what is wanted, in the order of the page. */
  readonly factors: readonly FactorOffer[]
  /** The person has lost all that they had, and has verified a fallback. */
  readonly isReplacement: boolean
  /** What was proven is enough here, although nothing is enrolled: by a fallback. */
  readonly mayGoOn: boolean
  /** The person has got a second factor meanwhile, in another login. */
  readonly isSettled: boolean
  /** What the person needs beside the password to enrol a first second factor, and has not shown. */
  readonly missing?: MissingProof
  /** The way out for a person who can neither put it off nor decline. */
  readonly cancel: LinkPrompt
}

type OwnOutcome = 'skipped' | 'decline' | 'confirm' | 'pass'

/** Each option of a factor is an outcome; their transitions are made of the same factors, see `listOffered`. */
export function createOfferStep(options: OfferOptions): Step<'second-factor/offer', string> {
  return {
    name: 'second-factor/offer',
    outcomes: [...Object.keys(listOffered(options.addable)), ...ownOutcomes],
    async run(context) {
      const offer = await offerFor(options, context)
      if (offer.isSettled) return { type: 'done', outcome: 'confirm' }
      // Said on the page of an enrolment: nobody is asked twice.
      if (offer.mayGoOn && laterEntry.read(context.data) === true) {
        return { type: 'done', outcome: 'skipped' }
      }
      const taken = takeAnswer(options, context, offer)
      if (taken !== undefined) return taken
      if (offer.missing === undefined) return { type: 'ask', form: createOfferForm(offer) }
      return await askMissing(options, context, offer, offer.missing)
    },
  }
}

const ownOutcomes: readonly OwnOutcome[] = ['skipped', 'decline', 'confirm', 'pass']

/** The step that each option of these factors leads to, by its outcome. */
export function listOffered(factors: readonly OfferedFactor[]): Readonly<Record<string, StepName>> {
  const all = factors.flatMap(({ offer }) => offer?.options(true) ?? [])
  return Object.fromEntries(all.map(({ option, step }) => [option.value, step]))
}

async function offerFor(options: OfferOptions, context: StepContext): Promise<Offer> {
  const { requirement, facts, decision } = await decideInJourney(options, options.db, context)
  const { offered } = options
  const enough = options.addable.filter(
    ({ kind, highestLevel }) =>
      offered.includes(kind) && isAtLeast(highestLevel, decision.requiredLevel),
  )
  enough.sort((a, b) => offered.indexOf(a.kind) - offered.indexOf(b.kind))
  const isReplacement = decision.type === 'enrol' && decision.reason === 'all_lost'
  const missing = await findMissingProof(options, context)
  return {
    app: requirement.appName,
    policy: requirement.policy,
    skips: decision.deferralsLeft,
    isSkippedAgain: isDeferredAgain(requirement, facts),
    decline: decision.mayDecline,
    factors: missing === undefined ? enough.flatMap(({ offer }) => offer ?? []) : [],
    ...(missing !== undefined && { missing }),
    isReplacement,
    mayGoOn: isReplacement && isAtLeast(facts.achievedLevel, decision.requiredLevel),
    isSettled: decision.type === 'verify',
    cancel: cancelLink(
      context.request,
      context.kind === 'login' ? context.createRestartPath() : undefined,
    ),
  }
}

/** How the service desk is reached stands on the page, with a reference for the call. */
async function askMissing(
  { desk }: OfferOptions,
  context: StepContext,
  offer: Offer,
  missing: MissingProof,
): Promise<StepResult<string>> {
  const options = [...createOptions(offer)]
  const form = createMissingProofForm(missing, options, isFree(offer) ? undefined : offer.cancel)
  if (context.kind !== 'login') return { type: 'ask', form }
  const before = referenceEntry.read(context.data)
  const opened = before === undefined ? await openReference(desk, context) : undefined
  const shown = createDeskPrompt(desk, before ?? opened?.reference ?? '')
  const page = {
    type: 'ask',
    form: { ...form, prompts: putDeskFirst(form.prompts, shown) },
  } as const
  return opened === undefined ? page : { ...page, change: opened.change }
}

function takeAnswer(
  options: OfferOptions,
  context: StepContext,
  offer: Offer,
): StepResult<string> | undefined {
  const { answers } = context
  const userId = requireUserId(context)
  switch (answers?.action) {
    case 'pass':
      return offer.missing?.takesPass === true ? { type: 'done', outcome: 'pass' } : undefined
    case 'later':
      return offer.mayGoOn ? { type: 'done', outcome: 'skipped' } : undefined
    case 'skip':
      if (offer.skips === 0) return undefined
      return { type: 'done', outcome: 'skipped', change: skip(options, userId, offer) }
    case 'decline':
      if (!offer.decline) return undefined
      return { type: 'done', outcome: 'decline' }
    default: {
      const chosen = factorOptions(offer).find(({ value }) => value === answers?.action)
      return chosen && { type: 'done', outcome: chosen.value }
    }
  }
}

/**
 * The first factor of the page is the one that is recommended. Where all need scripts, they are shown without them too, and
 * their page says so.
 */
function factorOptions({ factors }: Offer): ChoiceOption[] {
  const options = factors.flatMap((one, at) => one.options(at === 0).map(({ option }) => option))
  const isOneForAll = options.some(({ only }) => only === undefined)
  return isOneForAll ? options : options.map(({ only: _, ...option }) => option)
}

function skip({ choices, audit }: OfferOptions, userId: Id<'user'>, offer: Offer): Change {
  return {
    data: deferralRuleEntry.write(writeDeferralRule(offer.policy)),
    async write(queries) {
      if (offer.isSkippedAgain) return true
      if (!(await choices.skip(queries, userId, offer.policy.skips))) return false
      await audit.record(queries, choiceEvents.deferred, { userId, left: offer.skips - 1 })
      return true
    },
  }
}

const isFree = ({ skips, decline, mayGoOn }: Offer) => skips > 0 || decline || mayGoOn

export function createOfferForm(offer: Offer): Form {
  const isFreeHere = isFree(offer)
  const usedUp = offer.skips === 0 && offer.policy.skips > 0
  const options = createOptions(offer)
  const prompts: Prompt[] = [
    ...(isEmpty(offer)
      ? [{ type: 'notice', tone: 'warning', text: message('choice.nothing.text') } as const]
      : []),
    ...(usedUp && !isFreeHere && !isEmpty(offer)
      ? [{ type: 'notice', tone: 'info', text: message('choice.none_left') } as const]
      : []),
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(isFreeHere ? [] : [offer.cancel]),
  ]
  return {
    title: message(findTitle(offer)),
    lead: createLead(offer, isFreeHere),
    width: 'narrow',
    prompts,
  }
}

/** Nothing that would be enough can be set up here. */
const isEmpty = ({ factors }: Offer) => factors.length === 0

function findTitle(offer: Offer): MessageKey {
  if (isEmpty(offer)) return 'choice.nothing.title'
  return offer.isReplacement ? 'choice.again.title' : 'choice.title'
}

function createLead(offer: Offer, isFree: boolean): Message {
  const { app, policy, skips } = offer
  const isReplacement = offer.isReplacement && !isEmpty(offer)
  if (policy.skipUntil !== undefined && skips > 0 && !isEmpty(offer) && !isReplacement) {
    const date = dayAfter(policy.skipUntil)
    const key = leadIn('until', offer)
    return app === undefined ? message(`${key}.plain`, { date }) : message(key, { app, date })
  }
  const key = leadKey(offer, isFree)
  // An app that requires none is no reason to set up a new one.
  const isOwnWish = isReplacement && policy.secondFactor !== 'required' && isFree
  return app === undefined || isOwnWish ? message(`${key}.plain`) : message(key, { app })
}

/** Nothing is demanded above a button that puts it off. */
function leadKey(offer: Offer, isFree: boolean): LeadKey {
  if (isEmpty(offer)) return 'choice.nothing'
  if (offer.isReplacement) return 'choice.again'
  if (!isFree) return leadIn('required', offer)
  return leadIn(offer.policy.secondFactor === 'required' ? 'soon' : 'optional', offer)
}

/** The page speaks of one factor only where nothing else is offered. */
function leadIn(offerCase: OfferCase, { factors }: Offer): LeadKey {
  const [first, ...others] = factors
  return (others.length === 0 ? first?.leads?.[offerCase] : undefined) ?? `choice.any.${offerCase}`
}

/** The first day on which it cannot be put off, `YYYY-MM-DD`. */
function dayAfter(date: string): string {
  const next = new Date(`${date}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

function createOptions(offer: Offer): ChoiceOption[] {
  const { policy, skips, decline, mayGoOn } = offer
  return [
    ...factorOptions(offer),
    ...(skips > 0 ? [skipOption(skips)] : []),
    ...(decline ? [declineOption(policy.declineDays)] : []),
    ...(mayGoOn ? [laterOption] : []),
  ]
}

function skipOption(left: number): ChoiceOption {
  return {
    value: 'skip',
    label: message('choice.skip'),
    hint: message('choice.skip.hint', { left }),
    look: 'quiet',
    icon: 'later',
  }
}

/** It uses up no skip: the person has shown a second factor, and next time shows a code or a pass again. */
const laterOption: ChoiceOption = {
  value: 'later',
  label: message('choice.later'),
  hint: message('choice.later.hint'),
  look: 'quiet',
  icon: 'later',
}

/** @param days after which it is asked again; undefined: never */
function declineOption(days: number | undefined): ChoiceOption {
  return {
    value: 'decline',
    label: message('choice.decline'),
    hint:
      days === undefined
        ? message('choice.decline.hint')
        : message('choice.decline.hint.days', { days }),
    look: 'quiet',
    icon: 'never',
  }
}
