/** The registration of apps, put together from the parts of a running server. */
import { createRegistrationTokens } from '../../../identity/apps/registration-tokens.ts'
import {
  createRegistrationOperations,
  type RegistrationRequest,
} from '../../../identity/operations/registrations.ts'
import { createGuardedFetch } from '../../../platform/http/guarded-fetch.ts'
import type { NodeHandler } from '../answer.ts'
import type { ProtocolHost } from '../protocol.ts'
import { createTryLimit } from '../request-rate-limit.ts'
import { describeClient } from './configuration.ts'
import type { Provider } from './library.ts'
import { guard, type MountOptions } from './mount.ts'
import { registrationPath } from './paths.ts'
import { createRegistration, isRegistrationPath } from './registration.ts'
import { findNameProblem } from './registration-name.ts'

/** Invalid tokens and invalid metadata that one address may send in a minute. */
const mistakesPerMinute = 10

/** The endpoint in the discovery document; `undefined`: registration is turned off. */
export function findRegistrationEndpoint({ publicUrl, config }: ProtocolHost): string | undefined {
  return config.oidc.dynamic_registration ? `${publicUrl}${registrationPath}` : undefined
}

/** Returns how many it deleted. */
export function purgeRegistrationTokens({ base }: ProtocolHost): Promise<number> {
  return createRegistrationTokens(base).purge(base.db)
}

interface RegistrationParts {
  readonly provider: Provider
  readonly mounting: MountOptions
}

/** If the configuration turns it on, the registration comes before the library, which does not know it. */
export function withRegistration(
  others: NodeHandler,
  host: ProtocolHost,
  { provider, mounting }: RegistrationParts,
): NodeHandler {
  const { publicUrl, base, apps, config, noteRefusal } = host
  if (!config.oidc.dynamic_registration) return others
  const { db, audit, random, clock, log } = base
  const tokens = createRegistrationTokens(base)
  const register = createRegistration({
    ...{ publicUrl, db, log, apps, tokens, noteRefusal },
    operations: createRegistrationOperations({ db, apps, audit, random, tokens }),
    outside: {
      tries: createTryLimit(clock, config, mistakesPerMinute),
      fetchPublic: createGuardedFetch({ networks: [] }),
      fetchInNetworks: createGuardedFetch({ networks: config.app_networks }),
      findProblem: async (request) =>
        findNameProblem(request.name, {
          ...{ brandName: config.brand.name, publicUrl },
          apps: await apps.list(db),
        }) ?? (await findProblem(provider, request)),
    },
  })
  const guarded = guard(register, mounting)
  return (req, res) =>
    (isRegistrationPath(req.url?.split('?', 1)[0] ?? '') ? guarded : others)(req, res)
}

async function findProblem(
  provider: Provider,
  { name, settings }: RegistrationRequest,
): Promise<string | undefined> {
  const app = { id: 'new', name, settings, clientSecret: 'made-when-it-is-registered' }
  try {
    await provider.Client.validate(describeClient(app))
  } catch (error) {
    const text = Object(error).error_description
    if (typeof text !== 'string') throw error
    return text
  }
  return undefined
}
