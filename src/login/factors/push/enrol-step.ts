/**
 * The step that enrols a phone: shows the QR code and waits until a phone has answered it. Owns the page. The phone stays
 * pending until the step `push/test` has verified it. The code's URI is in code-uri.ts,
 * and the page for a phone of an earlier journey in resume.ts.
 */
import type { Users } from '../../../identity/users/users.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import type { ChoiceOption, Form, Prompt } from '../../engine/prompt.ts'
import {
  type Change,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { enrolsBeside } from '../enrolled.ts'
import { isSuperseded } from './activate.ts'
import { type AppEntry, createCodeUri } from './code-uri.ts'
import { deviceEntry, getsAppEntry, registrationEntry, resumeDeclinedEntry } from './data.ts'
import { beginCodes, dropCodes } from './linked-codes.ts'
import { findRegistration, type PushRegistration } from './registrations.ts'
import { offerResume, type ResumeOptions } from './resume.ts'
import type { PushRules } from './rules.ts'

export interface EnrolStepOptions extends ResumeOptions {
  readonly users: Users
  readonly rules: PushRules
  readonly entry: AppEntry
}

type Outcome = 'registered' | 'get_app' | 'back' | 'overtaken'
type Result = StepResult<Outcome>

export function createEnrolStep(options: EnrolStepOptions): Step<'push/enrol', Outcome> {
  return {
    name: 'push/enrol',
    outcomes: ['registered', 'get_app', 'back', 'overtaken'],
    run: (context) => run(options, context),
    async status(context) {
      const registration = await findRegistration(options.stores, options.db, context.data)
      const waits = registration !== undefined && isOpen(registration, context.now)
      return { final: !waits, status: message('push.enrol.waiting') }
    },
  }
}

async function run(options: EnrolStepOptions, context: StepContext): Promise<Result> {
  const registration = await findRegistration(options.stores, options.db, context.data)
  // The user has enrolled a second factor in another login meanwhile, so that one has to be verified first.
  if (await isSuperseded(options, options.db, context)) {
    return { type: 'done', outcome: 'overtaken', change: leave(options, registration) }
  }
  if (context.answers?.action === 'back') {
    return { type: 'done', outcome: 'back', change: leave(options, registration) }
  }
  // The code stays open, and is on the page again afterwards.
  if (context.answers?.action === 'get_app') return { type: 'done', outcome: 'get_app' }
  const resumed = registration === undefined ? await offerResume(options, context) : undefined
  if (resumed !== undefined) return resumed
  if (registration === undefined || context.answers?.action === 'renew') {
    return await openCode(options, context, registration)
  }
  if (registration.status === 'answered' && registration.deviceId !== null) {
    return {
      type: 'done',
      outcome: 'registered',
      change: { data: deviceEntry.write(registration.deviceId) },
    }
  }
  return { type: 'ask', form: await createForm(options, registration, context) }
}

function leave(options: EnrolStepOptions, left: PushRegistration | undefined): Change {
  return {
    data: registrationEntry.clear(),
    async write(queries) {
      if (left !== undefined) await options.stores.registrations.close(queries, left.messageId)
      await dropCodes(options, queries, left)
      return true
    },
  }
}

/** Opens a new code. The engine runs the step again after the commit; only then the page shows the code. */
async function openCode(
  options: EnrolStepOptions,
  context: StepContext,
  before: PushRegistration | undefined,
): Promise<Result> {
  const { journeyHash, client } = context
  const userId = requireUserId(context)
  const budgetKey = await options.rules.findBudgetKey(context)
  const { registrations } = options.stores
  const next = await registrations.findNextOpening(options.db, userId, budgetKey)
  if (next !== undefined) return await showTooManyCodes(options, context, before, next)
  const messageId = registrations.newId()
  const name = createTranslator(client.language)(message('totp.name'))
  return {
    type: 'ask',
    form: { title: message('enrol.phone.title'), width: 'wide', prompts: [] },
    change: {
      data: { ...registrationEntry.write(messageId), ...resumeDeclinedEntry.write(true) },
      async write(queries) {
        const reached = await registrations.findNextOpening(queries, userId, budgetKey)
        if (reached !== undefined) return false
        await dropCodes(options, queries, before)
        const linkedTotpId = await beginCodes(options, queries, { userId, name })
        const opened = { messageId, journeyHash, userId, budgetKey, linkedTotpId }
        await registrations.open(queries, opened)
        return true
      },
    },
  }
}

/** Refuses another code for now. A code that can still be scanned stays on the page. */
async function showTooManyCodes(
  options: EnrolStepOptions,
  context: StepContext,
  before: PushRegistration | undefined,
  next: number,
): Promise<Result> {
  const { now } = context
  const wait = Math.ceil((next - now) / 1000)
  if (before === undefined || !isOpen(before, now)) {
    return { type: 'ask', form: createTooManyCodesForm(wait) }
  }
  const formError = { status: 429, ...describeTooManyCodes(wait), retryAfter: wait } as const
  return { type: 'ask', form: await createForm(options, before, context), formError }
}

function isOpen(registration: PushRegistration, now: number): boolean {
  return registration.status === 'open' && now < registration.expiresAt
}

async function createForm(
  options: EnrolStepOptions,
  registration: PushRegistration,
  context: StepContext,
): Promise<Form> {
  if (!isOpen(registration, context.now)) return expiredCodeForm
  const user = await options.users.find(options.db, registration.userId)
  if (user === undefined) throw new Error('a registration without a user')
  const { linkedTotpId } = registration
  const codes =
    linkedTotpId === null
      ? undefined
      : await options.findLinkedCodes?.()?.findParameters(options.db, linkedTotpId)
  const uri = createCodeUri(options.entry, registration, user.username, codes)
  return createEnrolForm(uri, registration, {
    oldEntry: await findOldEntry(options, registration, context),
    hasApp: getsAppEntry.read(context.data) === true,
  })
}

/** An app that was never there has no entry, unless the person has had a phone before and only believes that. */
async function findOldEntry(
  { db, stores: { pending, devices }, entry: { issuer } }: EnrolStepOptions,
  { userId, messageId }: PushRegistration,
  context: StepContext,
): Promise<OldEntry | undefined> {
  const hasConfirmed = await pending.hasConfirmed(db, userId)
  if (getsAppEntry.read(context.data) === true && !hasConfirmed) return undefined
  if (!(await pending.mayHoldEntry(db, userId, messageId))) return undefined
  const isBeside = hasConfirmed && enrolsBeside(context)
  // After a loss there is no old phone on which an entry could stay.
  const isNewPhone = isBeside && (await devices.listActive(db, userId)).length > 0
  return { entry: issuer, isNewPhone }
}

/** An entry that the app may hold already. The app then reads no code and does not say why. */
export interface OldEntry {
  readonly entry: string
  /** There is another phone with such an entry, which has to stay there. */
  readonly isNewPhone: boolean
}

export function createEnrolForm(
  uri: string,
  { createdAt, expiresAt }: Pick<PushRegistration, 'createdAt' | 'expiresAt'>,
  { oldEntry, hasApp = false }: { oldEntry?: OldEntry | undefined; hasApp?: boolean } = {},
): Form {
  const prompts: Prompt[] = [
    {
      type: 'instructions',
      items: [
        message('push.enrol.step.open'),
        message('push.enrol.step.scan'),
        message('push.enrol.step.allow'),
      ],
    },
    {
      type: 'qr',
      content: uri,
      label: message('enrol.phone.qr.alt'),
      look: 'device',
      link: message('enrol.mobile_link'),
    },
    {
      type: 'wait',
      status: message('push.enrol.waiting'),
      startedAt: createdAt,
      expiresAt,
    },
    ...(oldEntry === undefined ? [] : [createOldEntryNotice(oldEntry)]),
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'renew', label: message('enrol.phone.renew'), look: 'secondary' },
        ...(hasApp ? [] : [getAppOption]),
        { value: 'back', label: message('enrol.back'), look: 'quiet' },
      ],
    },
  ]
  const lead = message(uri.startsWith('mfauth:') ? 'push.enrol.lead.codes' : 'push.enrol.lead')
  return { title: message('enrol.phone.title'), lead, width: 'wide', prompts }
}

/** For a person whose new phone does not have the app yet. */
const getAppOption: ChoiceOption = {
  value: 'get_app',
  label: message('enrol.get_app'),
  look: 'quiet',
}

function createOldEntryNotice({ entry, isNewPhone }: OldEntry): Prompt {
  return {
    type: 'notice',
    tone: 'warning',
    title: message(isNewPhone ? 'push.enrol.old_entry.title.new' : 'push.enrol.old_entry.title', {
      entry,
    }),
    text: message(isNewPhone ? 'push.enrol.old_entry.text.new' : 'push.enrol.old_entry.text', {
      entry,
    }),
  }
}

const renewOrBack: Prompt = {
  type: 'choice',
  name: 'action',
  options: [
    { value: 'renew', label: message('enrol.phone.renew'), look: 'primary' },
    { value: 'back', label: message('enrol.back'), look: 'quiet' },
  ],
}

export const expiredCodeForm: Form = {
  title: message('enrol.phone.expired.title'),
  width: 'narrow',
  prompts: [
    { type: 'notice', tone: 'warning', text: message('enrol.phone.expired.text') },
    renewOrBack,
  ],
}

/** The page that says that too many codes were shown. @param wait seconds until the next one can be shown */
export function createTooManyCodesForm(wait: number): Form {
  const { title, text } = describeTooManyCodes(wait)
  return {
    title,
    width: 'narrow',
    prompts: [{ type: 'notice', tone: 'warning', text }, renewOrBack],
  }
}

function describeTooManyCodes(wait: number) {
  return {
    title: message('enrol.phone.limit.title'),
    text: message('enrol.phone.limit.text', { wait }),
  }
}
