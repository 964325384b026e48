/**
 * Enrols a passkey, as a step. Owns the page. The passkey becomes valid with the move of the journey, and making it is a proof of
 * it.
 */
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import { message } from '../../../platform/ui/message.ts'
import { createTranslator } from '../../../platform/ui/translate.ts'
import { browserMessage, describeClient } from '../../engine/client.ts'
import type { Form } from '../../engine/prompt.ts'
import {
  type Change,
  type FormError,
  requireUserId,
  type Step,
  type StepContext,
  type StepResult,
} from '../../engine/step.ts'
import { provenEntry } from '../enrolled.ts'
import { claimEnrolment, type EnrolmentRules } from '../enrolment.ts'
import type { IdentityParts, PlatformParts } from '../factor-parts.ts'
import type { Lockout } from '../lockout.ts'
import type { AnnounceBound } from '../new-authenticators.ts'
import { judgeAttestation, type RegisteredCredential, readAttestation } from '../webauthn/judge.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import { clearChallenge, readChallenge, writeNewChallenge } from './challenge.ts'
import { passkeyEvents } from './events.ts'
import { passkeyNotices } from './notices.ts'
import { creationOptions, textsFor } from './options.ts'
import type { PasskeyStore } from './store.ts'
import { createPasskeyProof, credentialField, hasCredential, lateEntry } from './verify-step.ts'

export interface PasskeyEnrolOptions {
  readonly platform: Pick<PlatformParts, 'db' | 'random'>
  readonly identity: Pick<IdentityParts, 'users' | 'audit'>
  readonly announceBound: AnnounceBound
  readonly rules: EnrolmentRules
  /** `undefined`: there are no passkeys here. */
  readonly site: RelyingParty | undefined
  /** The name that the browser shows for this site. */
  readonly issuer: string
  readonly store: PasskeyStore
  readonly lockout: Lockout
}

type Outcome = 'registered' | 'back'
type Result = StepResult<Outcome>

export function createPasskeyEnrolStep(
  options: PasskeyEnrolOptions,
): Step<'passkey/enrol', Outcome> {
  return {
    name: 'passkey/enrol',
    outcomes: ['registered', 'back'],
    run: (context) => run(options, context),
  }
}

async function run(options: PasskeyEnrolOptions, context: StepContext): Promise<Result> {
  const { answers, data, now } = context
  const { site, platform, rules } = options
  const userId = requireUserId(context)
  if (
    site === undefined ||
    answers?.action === 'back' ||
    !(await rules.mayEnrol(platform.db, context))
  ) {
    const change = { data: { ...clearChallenge, ...lateEntry.clear() } }
    return { type: 'done', outcome: 'back', change }
  }
  const challenge = readChallenge(data, now)
  if (challenge === undefined) return begin(options, context, userId)
  const json = await createOptions(options, site, challenge, userId)
  const form = createPasskeyEnrolForm(json, lateEntry.read(data) === true)
  const answer = answers?.[credentialField] ?? ''
  if (answer === '') return { type: 'ask', form }
  const made = await judge(options, site, challenge, answer)
  if (made === undefined) return { type: 'ask', form, formError: refused }
  return {
    type: 'done',
    outcome: 'registered',
    change: createEnrolledChange(options, context, userId, made),
  }
}

/** The page comes when the step runs again, with the challenge in the database. */
function begin(
  { platform, store }: PasskeyEnrolOptions,
  { answers, now }: StepContext,
  userId: Id<'user'>,
): Result {
  const isLate = hasCredential(answers)
  return {
    type: 'ask',
    form: createPasskeyEnrolForm('{}', false),
    change: {
      data: { ...writeNewChallenge(platform.random, now), ...lateEntry.write(isLate || undefined) },
      async write(queries) {
        await store.ensureHandle(queries, userId)
        return true
      },
    },
  }
}

async function createOptions(
  { platform, identity, store, issuer }: PasskeyEnrolOptions,
  site: RelyingParty,
  challenge: string,
  userId: Id<'user'>,
): Promise<string> {
  const { db } = platform
  const user = await identity.users.find(db, userId)
  const handle = await store.findHandle(db, userId)
  if (user === undefined || handle === undefined) throw new Error('a passkey without an owner')
  const { username, displayName } = user
  const known = await store.list(db, userId)
  const owner = { handle, username, displayName }
  return creationOptions({ ...site, name: issuer }, challenge, owner, known)
}

/** A credential that a user of this server already has is refused like an invalid one (WebAuthn section 7.1 step 26). */
async function judge(
  { platform: { db }, store }: PasskeyEnrolOptions,
  site: RelyingParty,
  challenge: string,
  answer: string,
): Promise<RegisteredCredential | undefined> {
  const attestation = readAttestation(answer)
  if (attestation === undefined) return undefined
  if ((await store.findByCredential(db, attestation.id)) !== undefined) return undefined
  return await judgeAttestation({ site, challenge, needsVerifiedUser: false }, attestation)
}

function createEnrolledChange(
  options: PasskeyEnrolOptions,
  context: StepContext,
  userId: Id<'user'>,
  made: RegisteredCredential,
): Change {
  const { store, lockout, rules } = options
  const { audit } = options.identity
  const { client } = context
  const id = store.newId()
  // The person can change it; until then it says where the passkey was made.
  const name = createTranslator(client.language)(browserMessage(client))
  return {
    data: { ...clearChallenge, ...lateEntry.clear(), ...provenEntry.write(acrPhishingResistant) },
    proof: createPasskeyProof(id, made),
    async write(queries) {
      const isClaimed = await claimEnrolment(rules, queries, context, undefined)
      if (!isClaimed) return false
      if (!(await store.add(queries, { ...made, id, userId, name }))) return false
      await lockout.unlock(queries, userId, 'passkey')
      await options.announceBound(queries, passkeyNotices.added, {
        userId,
        authenticatorId: id,
        device: name,
        ...describeClient(client),
      })
      await audit.record(queries, passkeyEvents.enrolled, { userId, passkeyId: id, name })
      return true
    },
  }
}

export function createPasskeyEnrolForm(options: string, isLate: boolean): Form {
  return {
    title: message('passkey.enrol.title'),
    lead: message('passkey.enrol.lead'),
    width: 'narrow',
    prompts: [
      ...(isLate
        ? [{ type: 'notice', tone: 'warning', text: message('passkey.expired') } as const]
        : []),
      {
        type: 'instructions',
        items: [message('passkey.enrol.step.place'), message('passkey.enrol.step.confirm')],
      },
      {
        type: 'webauthn',
        name: credentialField,
        ceremony: 'create',
        options,
        button: message('passkey.enrol.submit'),
        script: 'passkey',
        texts: textsFor('create'),
      },
      {
        type: 'choice',
        name: 'action',
        options: [{ value: 'back', label: message('enrol.back'), look: 'quiet' }],
      },
    ],
  }
}

const refused: FormError = {
  status: 422,
  title: message('passkey.enrol.refused.title'),
  text: message('passkey.enrol.refused.text'),
}
