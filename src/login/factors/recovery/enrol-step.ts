/**
 * New recovery codes, as a step: shows a set, which becomes valid when the person says that it is saved; until then the older set
 * is valid. The plain codes exist only in the journey, sealed, so that a page that is loaded again shows the same ones.
 * Afterwards nobody can read them again.
 */

import { z } from 'zod'
import { lockUser } from '../../../identity/users/lock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { message } from '../../../platform/ui/message.ts'
import { describeClient } from '../../engine/client.ts'
import { type JourneyData, journeyEntry } from '../../engine/data.ts'
import type { Form, Prompt } from '../../engine/prompt.ts'
import {
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { codesLeftEntry } from '../enrolled.ts'
import type { FactorRules, IdentityParts, LoginParts, PlatformParts } from '../factor-parts.ts'
import { createTooOftenError } from '../lockout.ts'
import { drawCodes, fewCodes, formatCode } from './codes.ts'
import { recoveryEvents } from './events.ts'
import { recoveryNotices } from './notices.ts'
import type { RecoveryStore, StoredCode } from './store.ts'
import { usedEntry } from './verify-step.ts'

export interface RecoveryEnrolOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'random' | 'keyring'>
  readonly identity: Pick<IdentityParts, 'users' | 'throttle' | 'audit' | 'notify'>
  readonly login: Pick<LoginParts, 'findJourneyData' | 'lockout' | 'logins' | 'revokeProofs'>
  readonly store: RecoveryStore
  readonly rules: Pick<FactorRules, 'findHighestLevel' | 'mayBind'>
  readonly place: SheetPlace
  /** Whether this installation has recovery codes at all. */
  readonly isOn: boolean
  /** Whether a login that has set up a second factor offers codes. */
  readonly atEnrolment: boolean
}

/** `passed`: no codes were made, because none are due or the person defers them. */
type Outcome = 'created' | 'passed'

export const sealedEntry = journeyEntry('recovery.codes', z.string())
const doneEntry = journeyEntry('recovery.done', z.literal(true))

/**
 * A person who came for new codes always gets the page. A journey with another purpose gets it only when a code was just used and
 * few are left, or when no code is left and the installation wants codes to be made in a login. When a code was used and more are
 * left, a line says how many, unless another page of the journey has said so.
 */
export function createRecoveryEnrolStep(
  options: RecoveryEnrolOptions,
): Step<'recovery/create', Outcome> {
  return {
    name: 'recovery/create',
    outcomes: ['created', 'passed'],
    run: (context) => run(options, context),
  }
}

async function run(
  options: RecoveryEnrolOptions,
  context: StepContext,
): Promise<StepResult<Outcome>> {
  const { data, answers } = context
  const { db } = options.platform
  const userId = requireUserId(context)
  const isPassing = context.request.authenticator?.kind !== 'recovery'
  const isAlone = (await options.rules.findHighestLevel(db, userId)) === undefined
  // Codes that were made with the password alone would later bypass the second factor that its owner sets up.
  if (isAlone) return { type: 'done', outcome: 'passed' }
  const left = (await options.store.findLeft(db, userId))?.left ?? 0
  const isWanted = !isPassing || isDue(options.atEnrolment, data, left)
  if (!options.isOn) return { type: 'done', outcome: 'passed' }
  if (!isWanted) return sayLeft(context)
  if (!(await options.rules.mayBind(db, context))) return { type: 'done', outcome: 'passed' }
  if (answers?.action === 'back') {
    return { type: 'done', outcome: 'passed', change: { data: forget } }
  }
  const username = (await options.identity.users.find(db, userId))?.username ?? ''
  const { place } = options
  const askFor = (codes: readonly string[]) =>
    createCodesForm(codes, { ...context, username, place }, isPassing, left)
  const codes = openCodes(options, context)
  if (codes === undefined) return show(options, context, askFor)
  if (answers?.action !== 'saved') {
    return { type: 'ask', form: askFor(codes) }
  }
  const prepared = await prepareInTurn(options, context, userId, codes)
  if (prepared.type === 'refused') {
    const { formError } = prepared
    return { type: 'ask', form: askFor(codes), ...(formError && { formError }) }
  }
  const change = created(options, context, userId, prepared.codes)
  return { type: 'done', outcome: 'created', change }
}

/**
 * Whether a journey with another purpose leads to new codes.
 * @param left codes that are unused
 */
export function isDue(atEnrolment: boolean, data: JourneyData, left: number): boolean {
  if (doneEntry.read(data) === true) return false
  return usedEntry.read(data) === true ? left <= fewCodes : atEnrolment && left === 0
}

function sayLeft({ data, answers }: StepContext): StepResult<Outcome> {
  const left = codesLeftEntry.read(data)
  if (left === undefined) return { type: 'done', outcome: 'passed' }
  if (answers?.action === 'next') {
    return { type: 'done', outcome: 'passed', change: { data: forget } }
  }
  return { type: 'ask', form: createLeftForm(left) }
}

/** @param left codes that are unused */
export function createLeftForm(left: number): Form {
  return {
    title: message('recovery.left.title'),
    lead: message('codes.left', { left }),
    width: 'narrow',
    prompts: [
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'next', label: message('other.next'), look: 'primary' }],
      },
    ],
  }
}

type Prepared =
  | { readonly type: 'prepared'; readonly codes: readonly StoredCode[] }
  | { readonly type: 'refused'; readonly formError?: FormError }

/**
 * Makes ten slow hashes, for which every login would have to wait. So it makes one set after another for each person, only a few
 * sets an hour without a wait, and none for a page that was answered before.
 */
function prepareInTurn(
  { platform, identity: { throttle }, login, store }: RecoveryEnrolOptions,
  { journeyHash, data }: StepContext,
  userId: Id<'user'>,
  codes: readonly string[],
): Promise<Prepared> {
  const key = `codes:${userId}`
  return throttle.inTurn(key, async () => {
    const now = await login.findJourneyData(journeyHash)
    if (sealedEntry.read(now ?? {}) !== sealedEntry.read(data)) return { type: 'refused' }
    const admission = await throttle.admit(platform.db, key)
    if (admission.type === 'wait')
      return { type: 'refused', formError: createTooOftenError(admission.retryAfter) }
    return { type: 'prepared', codes: await store.prepare(codes) }
  })
}

const forget = {
  ...sealedEntry.clear(),
  ...usedEntry.clear(),
  ...codesLeftEntry.clear(),
  ...doneEntry.write(true),
} as const

function show(
  { platform: { random, keyring } }: RecoveryEnrolOptions,
  context: StepContext,
  askFor: (codes: readonly string[]) => Form,
): StepResult<Outcome> {
  const codes = drawCodes(random)
  const sealed = keyring.seal(createSealingContext(context), Buffer.from(codes.join(' ')))
  return {
    type: 'ask',
    form: askFor(codes),
    change: { data: sealedEntry.write(sealed) },
  }
}

function openCodes(
  { platform: { keyring } }: RecoveryEnrolOptions,
  context: StepContext,
): string[] | undefined {
  const sealed = sealedEntry.read(context.data)
  if (sealed === undefined) return undefined
  return Buffer.from(keyring.open(createSealingContext(context), sealed))
    .toString()
    .split(' ')
}

/** Codes that are drawn in the first move of a journey can be read only in the same journey. */
const createSealingContext = ({ journeyHash }: StepContext): string =>
  `journeys/${journeyHash}/${sealedEntry}`

function created(
  options: RecoveryEnrolOptions,
  context: StepContext,
  userId: Id<'user'>,
  codes: readonly StoredCode[],
): Change {
  const { client, journeyHash } = context
  const { rules, store } = options
  const { audit, notify } = options.identity
  const { logins, revokeProofs, lockout } = options.login
  return {
    data: forget,
    async write(tx) {
      await lockUser(tx, userId)
      if ((await rules.findHighestLevel(tx, userId)) === undefined) return false
      if (!(await rules.mayBind(tx, context))) return false
      const count = codes.length
      await audit.record(tx, recoveryEvents.created, { userId, count })
      // A login that was opened by a code of the earlier set must not replace these by codes of its own.
      const reason = 'codes_replaced'
      await logins.endUnfinished(tx, { userId, reason, exceptJourney: journeyHash })
      await revokeProofs(tx, {
        userId,
        ids: await store.listUsed(tx, userId),
        keep: client.session?.id,
        except: journeyHash,
        reason,
      })
      await store.replace(tx, userId, codes)
      await lockout.unlock(tx, userId, 'recovery')
      await notify(tx, recoveryNotices.created, { userId, left: count, ...describeClient(client) })
      return true
    },
  }
}

/** What the sheet says besides names and codes. */
export interface SheetPlace {
  /** The address of the login. */
  readonly publicUrl: string
  readonly brand: string
  readonly support?:
    | { readonly email?: string | undefined; readonly phone?: string | undefined }
    | undefined
}

type Owner = Pick<StepContext, 'data' | 'now'> & {
  readonly username: string
  readonly place: SheetPlace
}

function createSheet({ username, now, place: { publicUrl, brand, support } }: Owner) {
  const contact = [support?.phone, support?.email].filter(Boolean).join(', ')
  return {
    title: message('recovery.sheet.title'),
    lead: message('recovery.sheet.lead', { username, brand, day: now }),
    steps: [
      message('recovery.sheet.open', { address: publicUrl.replace(/^https:\/\//, '') }),
      message('recovery.sheet.choose', {
        other: message('action.other'),
        code: message('other.recovery'),
      }),
      message('recovery.sheet.enter'),
      message('recovery.sheet.say'),
    ],
    codes: message('recovery.sheet.codes'),
    ...(contact !== '' && { help: message('recovery.sheet.help', { contact }) }),
  }
}

/** @param left codes of the earlier set that are unused */
export function createCodesForm(
  codes: readonly string[],
  owner: Owner,
  isPassing: boolean,
  left: number,
): Form {
  const prompts: Prompt[] = [
    ...createNotices(owner, left),
    {
      type: 'codes',
      values: codes.map(formatCode),
      label: message('recovery.create.list'),
      note: message('recovery.create.note', { username: owner.username, day: owner.now }),
      sheet: createSheet(owner),
    },
    {
      type: 'choice',
      name: 'action',
      options: [
        { value: 'saved', label: message('recovery.create.saved'), look: 'primary' },
        {
          value: 'back',
          label: message(isPassing ? 'recovery.create.later' : 'enrol.back'),
          look: 'quiet',
        },
      ],
    },
  ]
  return {
    title: message('recovery.create.title'),
    lead: message('recovery.create.lead'),
    width: 'wide',
    prompts,
  }
}

function createNotices({ data }: Pick<StepContext, 'data'>, left: number): Prompt[] {
  if (usedEntry.read(data) === true) {
    const text =
      left === 0 ? message('recovery.create.used_last') : message('recovery.create.used', { left })
    return [{ type: 'notice', tone: 'info', text }]
  }
  if (left === 0) return []
  return [{ type: 'notice', tone: 'info', text: message('recovery.create.replaces', { left }) }]
}
