/**
 * The step that enrols a phone: it shows the link and waits until a phone has used it. Owns this page; resume.ts owns the page
 * for a phone of an earlier journey. The phone stays new until the step `authenticator/test` has verified it.
 */
import { buildEnrolLink, computeThumbprint } from '#authenticator'
import { type Message, message } from '../../../platform/ui/message.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { deviceEntry, registrationEntry } from './data.ts'
import { findRegistration, type Registration } from './registrations.ts'
import { offerResume, type ResumeOptions } from './resume.ts'
import { type AuthenticatorRules, isSuperseded } from './rules.ts'
import { createServerKey } from './server-keys.ts'

export interface EnrolStepOptions extends ResumeOptions {
  readonly rules: AuthenticatorRules
  /** The origin of this server. */
  readonly origin: string
}

type Outcome = 'registered' | 'back' | 'superseded'
type Result = StepResult<Outcome>

export function createEnrolStep(options: EnrolStepOptions): Step<'authenticator/enrol', Outcome> {
  return {
    name: 'authenticator/enrol',
    outcomes: ['registered', 'back', 'superseded'],
    run: (context) => run(options, context),
    async status(context) {
      const registration = await findRegistration(options.stores, options.db, context.data)
      const waits = registration !== undefined && isOpen(registration, context.now)
      return { final: !waits, status: message('phone_code.enrol.waiting') }
    },
  }
}

async function run(options: EnrolStepOptions, context: StepContext): Promise<Result> {
  const registration = await findRegistration(options.stores, options.db, context.data)
  const action = context.answers?.action
  // The user has enrolled a second factor in another login meanwhile, so that one has to be verified first.
  if (await isSuperseded(options, options.db, context)) {
    return { type: 'done', outcome: 'superseded', change: leave(options, registration) }
  }
  if (action === 'back') {
    return { type: 'done', outcome: 'back', change: leave(options, registration) }
  }
  const resumed = registration === undefined ? await offerResume(options, context) : undefined
  if (resumed !== undefined) return resumed
  if (registration === undefined || action === 'renew') {
    return await openLink(options, context, registration)
  }
  if (registration.status === 'answered' && registration.deviceId !== null) {
    const change = { data: deviceEntry.write(registration.deviceId) }
    return { type: 'done', outcome: 'registered', change }
  }
  return { type: 'ask', form: await createForm(options, registration, context.now) }
}

function leave({ stores }: EnrolStepOptions, left: Registration | undefined): Change {
  return {
    data: registrationEntry.clear(),
    async write(queries) {
      if (left !== undefined) await stores.registrations.close(queries, left.id)
      return true
    },
  }
}

/** Opens a new link. The engine runs the step again after the commit; only then the page shows the link. */
async function openLink(
  options: EnrolStepOptions,
  context: StepContext,
  before: Registration | undefined,
): Promise<Result> {
  const { journeyHash } = context
  const userId = requireUserId(context)
  const budgetKey = await options.rules.findBudgetKey(context)
  const { registrations } = options.stores
  const next = await registrations.findNextOpening(options.db, userId, budgetKey)
  if (next !== undefined) return await showTooMany(options, context, before, next)
  const verification = await options.rules.findVerification(context)
  const id = registrations.newId()
  const opened = { id, journeyHash, verification, key: await createServerKey() }
  return {
    type: 'ask',
    form: { title: message('enrol.phone.title'), width: 'wide', prompts: [] },
    change: {
      data: registrationEntry.write(id),
      async write(queries) {
        const reached = await registrations.findNextOpening(queries, userId, budgetKey)
        if (reached !== undefined) return false
        await registrations.open(queries, { ...opened, userId, budgetKey })
        return true
      },
    },
  }
}

/** Refuses another link for now. A link that can still be used stays on the page. */
async function showTooMany(
  options: EnrolStepOptions,
  { now }: StepContext,
  before: Registration | undefined,
  next: number,
): Promise<Result> {
  const wait = Math.ceil((next - now) / 1000)
  const said = {
    title: message('enrol.phone.limit.title'),
    text: message('enrol.phone.limit.text', { wait }),
  }
  if (before === undefined || !isOpen(before, now)) {
    return { type: 'ask', form: createNoticeForm(said) }
  }
  const formError = { status: 429, ...said, retryAfter: wait } as const
  return { type: 'ask', form: await createForm(options, before, now), formError }
}

const isOpen = ({ status, expiresAt }: Registration, now: number): boolean =>
  status === 'open' && now < expiresAt

async function createForm(
  { origin }: EnrolStepOptions,
  registration: Registration,
  now: number,
): Promise<Form> {
  if (registration.status === 'refused') return refusedForm
  if (!isOpen(registration, now)) return expiredForm
  const { id, serverJwk } = registration
  const serverKey = await computeThumbprint(serverJwk)
  const secret = registration.secret()
  const link = buildEnrolLink({ origin, registration: id, secret, serverKey })
  return createLinkForm(link, registration)
}

export function createLinkForm(
  link: string,
  { createdAt, expiresAt }: Pick<Registration, 'createdAt' | 'expiresAt'>,
): Form {
  const prompts: Prompt[] = [
    {
      type: 'instructions',
      items: [
        message('phone_code.enrol.step.scan'),
        message('phone_code.enrol.step.add'),
        message('phone_code.enrol.step.code'),
      ],
    },
    {
      type: 'qr',
      content: link,
      label: message('enrol.phone.qr.alt'),
      look: 'device',
      link: message('enrol.mobile_button'),
      openHint: message('phone_code.enrol.open_hint'),
    },
    {
      type: 'wait',
      status: message('phone_code.enrol.waiting'),
      startedAt: createdAt,
      expiresAt,
    },
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'renew', label: message('enrol.phone.renew'), look: 'secondary' },
        { value: 'back', label: message('enrol.back'), look: 'quiet' },
      ],
    },
  ]
  const lead = message('phone_code.enrol.lead')
  return { title: message('enrol.phone.title'), lead, width: 'wide', prompts }
}

const renewOrBack: readonly ChoiceOption[] = [
  { value: 'renew', label: message('enrol.phone.renew'), look: 'primary' },
  { value: 'back', label: message('enrol.back'), look: 'quiet' },
]

function createNoticeForm({ title, text }: { title: Message; text: Message }): Form {
  return {
    title,
    width: 'narrow',
    prompts: [
      { type: 'notice', tone: 'warning', text },
      { type: 'choice', name: 'action', options: renewOrBack },
    ],
  }
}

const expiredForm = createNoticeForm({
  title: message('enrol.phone.expired.title'),
  text: message('enrol.phone.expired.text'),
})
const refusedForm = createNoticeForm({
  title: message('phone_code.second.title'),
  text: message('phone_code.second.text'),
})
