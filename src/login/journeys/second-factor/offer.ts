/**
 * The choice after the password, when a second factor is wanted and the person has none. What the policy does not
 * allow is neither shown nor accepted.
 */
import type { Audit } from '../../../identity/audit/audit.ts'
import { acrNumber, acrPossession, isAtLeast } from '../../../identity/policy/assurance.ts'
import type { EffectivePolicy } from '../../../identity/policy/effective.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceStore } from '../../decision/choices.ts'
import { writeDeferralRule } from '../../decision/deferral.ts'
import { choiceEvents } from '../../decision/events.ts'
import { type DecisionSources, decideInJourney } from '../../decision/requirement.ts'
import type { ChoiceOption, Form, LinkPrompt, Prompt } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { putOffKey } from '../../factors/factor.ts'
import { cancelLink } from './cancel.ts'

export interface OfferOptions extends DecisionSources {
  readonly choices: Pick<ChoiceStore, 'skip'>
  readonly audit: Audit
  /** Messages can be sent to phones. */
  readonly push: boolean
  /** There are passkeys here. */
  readonly passkeys: boolean
}

type Outcome = 'register' | 'get_app' | 'totp' | 'passkey' | 'skipped' | 'decline' | 'confirm'

/** What is offered to whom. */
export interface Offer {
  readonly app: string | undefined
  readonly policy: EffectivePolicy
  readonly skips: number
  readonly decline: boolean
  /** A phone reaches what is wanted. */
  readonly push: boolean
  /** A code app reaches what is wanted. */
  readonly totp: boolean
  readonly passkey: boolean
  /** The person has got a second factor meanwhile, in another login. */
  readonly isSettled: boolean
  /** The way out for whoever can neither put it off nor decline. */
  readonly cancel: LinkPrompt
}

export function createOfferStep(options: OfferOptions): Step<'second-factor/offer', Outcome> {
  return {
    name: 'second-factor/offer',
    outcomes: ['register', 'get_app', 'totp', 'passkey', 'skipped', 'decline', 'confirm'],
    async run(context) {
      const offer = await offerFor(options, context)
      if (offer.isSettled) return { type: 'done', outcome: 'confirm' }
      return takeAnswer(options, context, offer) ?? { type: 'ask', form: createOfferForm(offer) }
    },
  }
}

async function offerFor(options: OfferOptions, context: StepContext): Promise<Offer> {
  const { requirement, decision } = await decideInJourney(options, options.db, context)
  const { requiredLevel } = decision
  return {
    app: requirement.appName,
    policy: requirement.policy,
    skips: decision.deferralsLeft,
    decline: decision.mayDecline,
    push: options.push && isAtLeast(acrNumber, requiredLevel),
    totp: isAtLeast(acrPossession, requiredLevel),
    passkey: options.passkeys,
    isSettled: decision.type === 'verify',
    cancel: cancelLink(
      context.request,
      context.kind === 'login' ? context.createRestartPath() : undefined,
    ),
  }
}

function takeAnswer(
  options: OfferOptions,
  context: StepContext,
  offer: Offer,
): StepResult<Outcome> | undefined {
  const { answers } = context
  const userId = requireUserId(context)
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
    data: { [putOffKey]: writeDeferralRule(offer.policy) },
    async write(queries) {
      if (!(await choices.skip(queries, userId, offer.policy.skips))) return false
      await audit.record(queries, choiceEvents.deferred, { userId, left: offer.skips - 1 })
      return true
    },
  }
}

export function createOfferForm(offer: Offer): Form {
  const isFree = offer.skips > 0 || offer.decline
  const usedUp = offer.skips === 0 && offer.policy.skips > 0
  const options = optionsOf(offer)
  const prompts: Prompt[] = [
    ...(isEmpty(offer)
      ? [{ type: 'notice', tone: 'warning', text: message('choice.nothing.text') } as const]
      : []),
    ...(usedUp && !isFree && !isEmpty(offer)
      ? [{ type: 'notice', tone: 'info', text: message('choice.none_left') } as const]
      : []),
    ...(options.length > 0 ? [{ type: 'choice', name: 'action', options } as const] : []),
    ...(isFree ? [] : [offer.cancel]),
  ]
  return {
    title: message(isEmpty(offer) ? 'choice.nothing.title' : 'choice.title'),
    lead: leadOf(offer, isFree),
    width: 'narrow',
    prompts,
  }
}

/** Nothing that would be enough can be set up here. */
const isEmpty = ({ push, passkey, totp }: Offer) => !push && !passkey && !totp

function leadOf(offer: Offer, isFree: boolean): Message {
  const { app, policy, skips, push, totp, passkey } = offer
  const lead = push && !totp && !passkey ? 'choice.lead' : 'choice.any'
  if (policy.skipUntil !== undefined && skips > 0 && !isEmpty(offer)) {
    const date = dayAfter(policy.skipUntil)
    return app === undefined
      ? message(`${lead}.until.plain`, { date })
      : message(`${lead}.until`, { app, date })
  }
  const key = leadKey(offer, lead, isFree)
  return app === undefined ? message(`${key}.plain`) : message(key, { app })
}

/** Nothing is demanded above a button that puts it off. */
function leadKey(offer: Offer, lead: 'choice.lead' | 'choice.any', isFree: boolean) {
  if (isEmpty(offer)) return 'choice.nothing'
  if (isFree)
    return `${lead}.${offer.policy.secondFactor === 'required' ? 'soon' : 'optional'}` as const
  return offer.push || offer.totp ? (`${lead}.required` as const) : 'choice.lead.passkey'
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
