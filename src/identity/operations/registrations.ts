/**
 * Apps that register themselves: their tokens, the registration, its removal and its adoption. A registered app is an app
 * like any other, with the rule of its token. Until an administrator adopts it, people see that it chose its own name.
 *
 *   const { secret } = await registrations.issueToken(administrator, { name: 'CI', uses: 1, lifetime, policy, terms })
 *   const registered = await registrations.register(token, { name, settings, about })
 */
import { sha256 } from '../../platform/kernel/crypto.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Random } from '../../platform/kernel/random.ts'
import { transact } from '../../platform/storage/transact.ts'
import type { AppInput, SavedApp } from '../apps/apps.ts'
import { appEvents, registrationTokenEvents } from '../apps/events.ts'
import type { AppRegistration } from '../apps/registration.ts'
import type {
  NewRegistrationToken,
  RegistrationToken,
  RegistrationTokens,
} from '../apps/registration-tokens.ts'
import { type Administrator, auditName, type Registrant } from './actor.ts'
import { type AppOperationsOptions, findApp } from './apps.ts'

export interface RegistrationOptions extends AppOperationsOptions {
  readonly random: Random
  readonly tokens: RegistrationTokens
}

/** An app that asks to be registered; its protocol has checked it. */
export interface RegistrationRequest extends Pick<AppInput, 'protocol' | 'name' | 'settings'> {
  readonly about: Pick<AppRegistration, 'contacts' | 'policyUri' | 'termsUri'>
}

export interface RegisteredApp extends SavedApp {
  /** With it the app reads and removes its registration; nobody can see it later. */
  readonly accessToken: string
}

export type RegistrationOperations = ReturnType<typeof createRegistrationOperations>

export function createRegistrationOperations(options: RegistrationOptions) {
  const { db, apps, audit, random, tokens } = options
  return {
    issueToken: (actor: Administrator, token: NewRegistrationToken) =>
      transact(db, async (tx) => {
        const by = auditName(actor)
        const issued = await tokens.issue(tx, token, by)
        const { id: tokenId, name, uses, expiresAt, policy } = issued.token
        await audit.record(tx, registrationTokenEvents.issued, {
          ...{ tokenId, name, uses, by, policy: JSON.stringify(policy) },
          expiresAt: new Date(expiresAt).toISOString(),
        })
        return issued
      }),

    listTokens: (_actor: Administrator): Promise<RegistrationToken[]> => tokens.list(db),

    /** The apps of the token stay. Throws Fault `not_found`. */
    revokeToken: (actor: Administrator, tokenId: string): Promise<void> =>
      transact(db, async (tx) => {
        if (!(await tokens.revoke(tx, tokenId))) {
          const text = `There is no registration token ${JSON.stringify(tokenId)} that could be revoked.`
          throw new Fault('not_found', text)
        }
        await audit.record(tx, registrationTokenEvents.revoked, { tokenId, by: auditName(actor) })
      }),

    /** Undefined: the token is no longer valid, and nothing was done. */
    register: (token: RegistrationToken, request: RegistrationRequest) =>
      transact(db, async (tx): Promise<RegisteredApp | undefined> => {
        if (!(await tokens.spend(tx, token.id))) return undefined
        const { about, ...input } = request
        const accessToken = newSecret(random)
        const saved = await apps.create(tx, {
          ...input,
          policy: token.policy,
          registration: { tokenId: token.id, accessHash: sha256(accessToken), ...about },
        })
        const by = auditName({ type: 'registrant', id: token.id })
        await audit.record(tx, appEvents.created, { appId: saved.app.id, by })
        return { ...saved, accessToken }
      }),

    /** Removes an app by its own request. `false`: the app is gone, or an administrator has adopted it. */
    unregister: (actor: Registrant): Promise<boolean> =>
      transact(db, async (tx) => {
        const { id: appId } = actor
        const app = await apps.findLocked(tx, appId)
        if (app?.registration === undefined || !(await apps.remove(tx, appId))) return false
        await audit.record(tx, appEvents.removed, { appId, by: auditName(actor) })
        return true
      }),

    /** Throws Fault `not_found`, and `conflict` for an app that an administrator has added or adopted. */
    adopt: (actor: Administrator, appId: string): Promise<void> =>
      transact(db, async (tx) => {
        await findApp(apps, tx, appId)
        if (!(await apps.adopt(tx, appId))) {
          const text = `${appId} has not registered itself, or was adopted before. Nothing was changed.`
          throw new Fault('conflict', text)
        }
        await audit.record(tx, appEvents.adopted, { appId, by: auditName(actor) })
      }),
  }
}
