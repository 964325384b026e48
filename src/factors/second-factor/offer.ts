/**
 * The choice after the password, when a second factor is wanted and the person has none. What the policy does not
 * allow is neither shown nor accepted.
 */
import type { Audit } from '../../audit/audit.ts'
import type { Ask, ChoiceOption, Prompt } from '../../engine/prompt.ts'
import type { Change, Step, StepResult, Visit } from '../../engine/step.ts'
import type { Id } from '../../kernel/ids.ts'
import { acrNumber, acrPossession, isAtLeast } from '../../policy/assurance.ts'
import {
  type Demand,
  isStoodIn,
  levelOf,
  mayDecline,
  putOffRuleOf,
  secondFactorNeed,
  skipsLeft,
} from '../../policy/policy.ts'
import { type Message, message } from '../../ui/message.ts'
import { putOffKey } from '../factor.ts'
import { appFor, factsFor, type NeedOptions } from './need.ts'

export interface OfferOptions extends NeedOptions {
  readonly audit: Audit
  /** Messages can be sent to phones. */
  readonly push: boolean
  /** There are passkeys here. */
  readonly passkeys: boolean
}

type Outcome = 'register' | 'get_app' | 'totp' | 'passkey' | 'skipped' | 'decline' | 'confirm'

/** What may be done on the page, and what the page says about it. */
/** What is offered to whom. */
export interface Offer {
  readonly app: string | undefined
  readonly policy: Demand
  readonly skips: number
  readonly decline: boolean
  /** A phone reaches what is wanted. */
  readonly push: boolean
  /** A code app reaches what is wanted. */
  readonly totp: boolean
  readonly passkey: boolean
  /** The person has got a second factor meanwhile, in another login. */
  readonly isSettled: boolean
}

export function createOfferStep(options: OfferOptions): Step<'second-factor/offer', Outcome> {
  return {
    name: 'second-factor/offer',
    outcomes: ['register', 'get_app', 'totp', 'passkey', 'skipped', 'decline', 'confirm'],
    async run(visit) {
      const offer = await offerFor(options, visit)
      if (offer.isSettled) return { type: 'done', outcome: 'confirm' }
      return decide(options, visit, offer) ?? { type: 'ask', ask: offerAsk(offer) }
    },
  }
}

async function offerFor(options: OfferOptions, visit: Visit): Promise<Offer> {
  const { name, policy } = await appFor(options, visit)
  const facts = await factsFor(options, visit)
  const wanted = levelOf(policy, facts.reach)
  const mustSetUp = isStoodIn(facts)
  return {
    app: name,
    policy,
    skips: mustSetUp ? 0 : skipsLeft(policy, facts),
    decline: !mustSetUp && mayDecline(policy),
    push: options.push && isAtLeast(acrNumber, wanted),
    totp: isAtLeast(acrPossession, wanted),
    passkey: options.passkeys,
    isSettled: secondFactorNeed(policy, facts) === 'confirm',
  }
}

function decide(
  options: OfferOptions,
  visit: Visit,
  offer: Offer,
): StepResult<Outcome> | undefined {
  const { userId, answers } = visit
  if (userId === undefined) throw new Error('an offer needs a user')
  switch (answers?.action) {
    case 'register':
      return offer.push ? { type: 'done', outcome: 'register' } : undefined
    case 'get_app':
      return offer.push ? { type: 'done', outcome: 'get_app' } : undefined
    case 'passkey':
      return offer.passkey ? { type: 'done', outcome: 'passkey' } : undefined
    case 'totp':
      return offer.totp ? { type: 'done', outcome: 'totp' } : undefined
    case 'skip':
      if (offer.skips === 0) return undefined
      return { type: 'done', outcome: 'skipped', change: skip(options, userId, offer) }
    case 'decline':
      if (!offer.decline) return undefined
      return { type: 'done', outcome: 'decline' }
    default:
      return undefined
  }
}

function skip({ choices, audit }: OfferOptions, userId: Id<'user'>, offer: Offer): Change {
  return {
    kept: { [putOffKey]: JSON.stringify(putOffRuleOf(offer.policy)) },
    async write(queries) {
      if (!(await choices.skip(queries, userId, offer.policy.skips))) return false
      await audit.secondFactorSkipped(queries, { userId, left: offer.skips - 1 })
      return true
    },
  }
}

export function offerAsk(offer: Offer): Ask {
  const wanted = offer.policy.secondFactor === 'required' || (offer.skips === 0 && !offer.decline)
  const usedUp = offer.skips === 0 && offer.policy.skips > 0
  const prompts: Prompt[] = [
    ...(usedUp && !offer.decline
      ? [{ type: 'notice', tone: 'info', text: message('choice.none_left') } as const]
      : []),
    { type: 'choice', name: 'action', options: optionsOf(offer) },
  ]
  return {
    title: message('choice.title'),
    lead: leadOf(offer, wanted),
    width: 'narrow',
    prompts,
  }
}

function leadOf(offer: Offer, wanted: boolean): Message {
  const { app, policy, skips, push, totp } = offer
  const values = app === undefined ? undefined : { app }
  const lead = push ? 'choice.lead' : 'choice.any'
  if (policy.skipUntil !== undefined && skips > 0) {
    const date = dayAfter(policy.skipUntil)
    return app === undefined
      ? message(`${lead}.until.plain`, { date })
      : message(`${lead}.until`, { app, date })
  }
  const required = push || totp ? (`${lead}.required` as const) : 'choice.lead.passkey'
  const key = wanted ? required : (`${lead}.optional` as const)
  return values === undefined ? message(`${key}.plain`) : message(key, values)
}

/** The first day on which it cannot be put off, `YYYY-MM-DD`. */
function dayAfter(date: string): string {
  const next = new Date(`${date}T00:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

function optionsOf({ policy, skips, decline, push, totp, passkey }: Offer): ChoiceOption[] {
  return [
    ...(push ? pushOptions : []),
    ...(passkey ? [passkeyOption(push ? 'quiet' : 'primary')] : []),
    ...(totp ? [totpOption] : []),
    ...(skips > 0 ? [skipOption(skips)] : []),
    ...(decline ? [declineOption(policy.declineDays)] : []),
  ]
}

const pushOptions: readonly ChoiceOption[] = [
  {
    value: 'register',
    label: message('choice.register'),
    hint: message('choice.register.hint'),
    look: 'primary',
    icon: 'phone',
  },
  {
    value: 'get_app',
    label: message('choice.get_app'),
    hint: message('choice.get_app.hint'),
    look: 'card',
    icon: 'download',
  },
]

function passkeyOption(look: ChoiceOption['look']): ChoiceOption {
  return {
    value: 'passkey',
    label: message('choice.passkey'),
    hint: message('choice.passkey.hint'),
    look,
    icon: 'key',
  }
}

const totpOption: ChoiceOption = {
  value: 'totp',
  label: message('choice.totp'),
  hint: message('choice.totp.hint'),
  look: 'quiet',
  icon: 'code',
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
