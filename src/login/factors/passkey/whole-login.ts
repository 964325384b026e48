/**
 * A passkey as the whole login, from the login page. The passkey says whose it is and has verified the person itself, so neither
 * name nor password is asked for. Owns the judgement; the password step owns the page.
 *
 * A signature cannot be guessed, so failures here are not counted for the user: otherwise an attacker who guesses the
 * user's password or codes would lock the passkey too. There is a rate limit per address, separate from that of
 * passwords, because each answer costs work and a refused one writes an audit event.
 * A passkey that is off because of its own failures cannot be used here either.
 */
import { z } from 'zod'
import type { Aggregate } from '../../../identity/audit/aggregate.ts'
import { loginEvents } from '../../../identity/audit/login-events.ts'
import type { AddressLimit } from '../../../identity/limits/address-limit.ts'
import { acrPhishingResistant } from '../../../identity/policy/assurance.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { message } from '../../../platform/ui/message.ts'
import type { WebAuthnPrompt } from '../../engine/prompt.ts'
import type { Change, ClientFacts, FormError, NewProof, StepContext } from '../../engine/step.ts'
import type { BrowserGroup } from '../budget-key.ts'
import {
  credentialVersionEntry,
  knownLanguageEntry,
  mustChangePasswordEntry,
  provenEntry,
} from '../enrolled.ts'
import type { FactorRules, IdentityParts } from '../factor-parts.ts'
import { createRefusalError, createTooOftenError, type Lockout } from '../lockout.ts'
import {
  type Assertion,
  type AssertionJudgement,
  judgeAssertion,
  type RightAnswer,
  readAssertion,
} from '../webauthn/judge.ts'
import type { RelyingParty } from '../webauthn/site.ts'
import { isVerifierHandle } from '../webauthn/user-handle.ts'
import type { SealedChallenges } from './challenge.ts'
import { passkeyEvents } from './events.ts'
import { loginOptions } from './options.ts'
import type { Passkey, PasskeyStore } from './store.ts'
import {
  cloned,
  createPasskeyProof,
  credentialField,
  noteRefusal,
  ofPhone,
  refused,
} from './verify-step.ts'

export interface WholeLoginOptions {
  readonly db: Database
  readonly site: RelyingParty
  readonly challenges: SealedChallenges
  readonly store: PasskeyStore
  readonly identity: Pick<IdentityParts, 'users' | 'throttle' | 'audit' | 'notify'>
  readonly lockout: Pick<Lockout, 'findLockedKinds'>
  readonly limits: PasskeyLimits
  readonly isKnownBrowser: FactorRules['isKnownBrowser']
}

/** What is remembered about passkey logins from an address. */
export interface PasskeyLimits {
  /** The rate limit of logins with a passkey, per address. */
  readonly passkeyAddresses: AddressLimit
  /** Logins with a passkey that no user has, and logins over the rate limit. */
  readonly strayPasskeys: Aggregate<StrayPasskey>
}

export interface StrayPasskey {
  readonly address: string
  readonly reason: 'wrong_credentials' | 'throttled'
}

export type WholeLoginResult =
  | { readonly type: 'passed'; readonly change: Change }
  | { readonly type: 'failed'; readonly formError: FormError }

export function createWholeLogin(options: WholeLoginOptions) {
  return {
    prompt: ({ client }: Pick<StepContext, 'client'>): WebAuthnPrompt => ({
      type: 'webauthn',
      name: credentialField,
      ceremony: 'autofill',
      options: loginOptions(options.site, options.challenges.issue(client.browserHash)),
      button: message('passkey.login'),
      script: 'passkey-login',
      texts: { failed: message('passkey.login.failed') },
    }),

    /** `undefined`: no passkey was sent. */
    async check(context: StepContext): Promise<WholeLoginResult | undefined> {
      const answer = context.answers?.[credentialField] ?? ''
      return answer === '' ? undefined : await judge(options, context, answer)
    },

    /** A passkey that has verified the person itself needs no password beside it. */
    isEnough: ({ amr }: Pick<NewProof, 'amr'>): boolean => amr.includes('mfa'),
  }
}

async function judge(
  options: WholeLoginOptions,
  { client }: StepContext,
  answer: string,
): Promise<WholeLoginResult> {
  const { db, store } = options
  const { passkeyAddresses: addresses, strayPasskeys } = options.limits
  const { address } = client
  const assertion = readAssertion(answer)
  // What no browser sends has nothing that an auditor would want to read.
  if (assertion === undefined) return failed(refused)
  const wait = addresses.admit(address)
  if (wait !== undefined) {
    await strayPasskeys.add(db, { address, reason: 'throttled' })
    return failed(createTooOftenError(wait.retryAfter))
  }
  const passkey = await store.findByCredential(db, assertion.id)
  if (passkey === undefined) {
    await strayPasskeys.add(db, { address, reason: 'wrong_credentials' })
    // A phone's credential is not reported as unknown: a password manager would delete it.
    if (isVerifierHandle(assertion.response.userHandle)) return failed(ofPhone)
    return failed({ ...refused, unknownCredential: assertion.id })
  }
  const result = await judgeKnown(options, client, passkey, assertion)
  if (result.type === 'passed') addresses.takeBack(address)
  return result
}

async function judgeKnown(
  options: WholeLoginOptions,
  client: ClientFacts,
  passkey: Passkey,
  assertion: Assertion,
): Promise<WholeLoginResult> {
  const { db, challenges } = options
  const { users, audit } = options.identity
  const challenge = readChallenge(assertion)
  if (challenge === undefined || !challenges.isOpen(challenge, client.browserHash))
    return failed(refused)
  const verdict = await judgeUse(options, passkey, assertion, challenge)
  if (verdict.type === 'refused') {
    await refuse(options, passkey, verdict.reason, client)
    return failed(verdict.reason === 'cloned' ? cloned : refused)
  }
  const user = await users.find(db, passkey.userId)
  if (user === undefined || user.disabledAt !== null) {
    const username = user?.username ?? null
    const { address } = client
    await audit.record(db, loginEvents.failed, { username, address, reason: 'disabled' })
    return failed(refused)
  }
  const group = options.isKnownBrowser(client, user) ? 'known' : 'new'
  if (await isOff(options, db, passkey.userId, group))
    return failed(createRefusalError({ type: 'off', group }))
  const answered = { challenge, browser: client.browserHash, group } as const
  const change = passed(options, passkey, answered, verdict)
  const data = {
    ...change.data,
    ...credentialVersionEntry.write(user.credentialVersion),
    ...(user.language !== undefined && knownLanguageEntry.write(user.language)),
    ...(user.passwordChangeRequired && mustChangePasswordEntry.write(true)),
  }
  return { type: 'passed', change: { ...change, data } }
}

const isOff = async (
  { lockout }: WholeLoginOptions,
  queries: Queries,
  userId: Id<'user'>,
  group: BrowserGroup,
) => (await lockout.findLockedKinds(queries, userId, group)).has('passkey')

const failed = (formError: FormError) => ({ type: 'failed', formError }) as const

/** Only the authenticator says who it is, so it has to name its owner (section 7.2 step 6). */
async function judgeUse(
  { db, site, store }: WholeLoginOptions,
  passkey: Passkey,
  assertion: Assertion,
  challenge: string,
): Promise<AssertionJudgement> {
  const handle = await store.findHandle(db, passkey.userId)
  if (handle === undefined || assertion.response.userHandle !== handle) {
    return { type: 'refused', reason: 'invalid' }
  }
  return await judgeAssertion({ site, challenge, needsVerifiedUser: true }, passkey, assertion)
}

const clientDataSchema = z.object({ challenge: z.string().max(100) })

/** The challenge that the answer names; the signature has to be for the same one. */
function readChallenge({ response }: Assertion): string | undefined {
  try {
    const text = Buffer.from(response.clientDataJSON, 'base64url').toString()
    return clientDataSchema.safeParse(JSON.parse(text)).data?.challenge
  } catch {
    return undefined
  }
}

/** Limited per passkey, so that sending the same answer many times does not fill the user's mailbox. */
async function refuse(
  options: WholeLoginOptions,
  passkey: Passkey,
  reason: 'invalid' | 'backup_changed' | 'cloned',
  client: ClientFacts,
): Promise<void> {
  const { db, identity } = options
  const { audit, notify } = identity
  const admission = await identity.throttle.admit(db, `passkey:${passkey.id}`)
  if (admission.type === 'admitted') {
    await noteRefusal({ db, audit, notify }, passkey, reason, client)
  }
}

interface Answered {
  readonly challenge: string
  readonly browser: string | undefined
  readonly group: BrowserGroup
}

function passed(
  options: WholeLoginOptions,
  passkey: Passkey,
  { challenge, browser, group }: Answered,
  verdict: RightAnswer,
): Change {
  const { challenges, store } = options
  const { audit } = options.identity
  const { id, userId } = passkey
  return {
    userId,
    data: provenEntry.write(acrPhishingResistant),
    proof: createPasskeyProof(id, verdict),
    async write(queries) {
      if (!(await challenges.spend(queries, challenge, browser))) return false
      if (!(await store.use(queries, passkey, verdict))) return false
      if (await isOff(options, queries, userId, group)) return false
      await audit.record(queries, passkeyEvents.used, { userId, passkeyId: id })
      return true
    },
  }
}
