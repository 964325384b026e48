/** Code apps that were set up elsewhere: profiles of an AM server, and `otpauth://` addresses. */
import { TOTP, URI } from 'otpauth'
import { z } from 'zod'
import { readDeviceProfile } from '#forgerock-push'
import {
  cleanName,
  type ForeignCredential,
  type ForeignReading,
  type ImportReadingOptions,
  type ImportSource,
} from '../imports.ts'
import { profileRefusals } from '../profile-refusals.ts'
import type { TotpStore } from './store.ts'
import { defaultParameters, type TotpParameters } from './verify.ts'

/** Bytes: 80 bits, as most code apps have had for years, although RFC 4226 wants 128. */
const shortestSecret = 10
const longestSecret = 128

/** @param defaultName of an app that nobody has named */
export function listImportSources(store: TotpStore, defaultName: string): readonly ImportSource[] {
  const name = (options: ImportReadingOptions) => cleanName(options.name) || defaultName
  return [
    {
      name: 'oathdeviceprofiles',
      optOut: { name: 'oath2faenabled', value: '1' },
      read(text, options) {
        const profile = readProfile(text, options)
        if (profile.type === 'refused') return profile
        return createReading(store, { ...profile, name: name(options) })
      },
    },
    {
      name: 'otpauth',
      read(text, options) {
        const address = readAddress(text)
        if (address.type === 'refused') return address
        return createReading(store, { ...address, name: name(options) })
      },
    },
  ]
}

interface Secret extends TotpParameters {
  readonly type: 'secret'
  readonly secret: Uint8Array
  /** The time step of the last used code; 0: not known. */
  readonly lastCounter: number
}

type Refused = Extract<ForeignReading, { type: 'refused' }>
const refuse = (reason: string): Refused => ({ type: 'refused', reason })

/** A profile says nothing of algorithm, digits and period. */
function readProfile(text: string, options: ImportReadingOptions): Secret | Refused {
  const { privateKeys, codes = defaultParameters } = options
  const reading = readDeviceProfile(text, privateKeys)
  if (reading.type === 'refused') return refuse(profileRefusals[reading.reason])
  const { profile } = reading
  if (profile.type !== 'oath') return refuse('it is no profile of a code app')
  const { sharedSecret: secret, counter, lastLogin } = profile
  if (counter > 0) return refuse('its codes are counted and not timed (HOTP)')
  const lastCounter = Math.max(0, Math.floor(lastLogin / codes.period))
  return { type: 'secret', secret, lastCounter, ...codes }
}

const parametersSchema = z.object({
  algorithm: z.enum(['SHA1', 'SHA256', 'SHA512']),
  digits: z.literal([6, 8]),
  period: z.int().min(10).max(120),
})

function readAddress(text: string): Secret | Refused {
  const app = parseAddress(text.trim())
  if (app === undefined) return refuse('it is no otpauth address with a secret in base32')
  if (!(app instanceof TOTP)) return refuse('its codes are counted and not timed (HOTP)')
  const { algorithm, digits, period } = app
  const parameters = parametersSchema.safeParse({ algorithm, digits, period })
  if (!parameters.success)
    return refuse(
      'its codes are of another kind: SHA1, SHA256 or SHA512, 6 or 8 digits, 10 to 120 seconds',
    )
  return { type: 'secret', secret: app.secret.bytes, lastCounter: 0, ...parameters.data }
}

function parseAddress(text: string) {
  try {
    return URI.parse(text)
  } catch {
    return undefined
  }
}

function createReading(
  store: TotpStore,
  { type: _, ...app }: Secret & { readonly name: string },
): ForeignReading {
  const { length } = app.secret
  if (length < shortestSecret || length > longestSecret)
    return refuse(
      `its secret has ${length} bytes; ${shortestSecret} to ${longestSecret} are allowed`,
    )
  return { type: 'ok', credential: createCredential(store, app) }
}

function createCredential(
  store: TotpStore,
  app: Omit<Secret, 'type'> & { readonly name: string },
): ForeignCredential {
  const identity = Buffer.from(app.secret).toString('base64')
  return {
    identity,
    async findOwner(queries, userId) {
      const own = await store.listActive(queries, userId)
      return own.some((one) => Buffer.from(one.secret()).toString('base64') === identity)
        ? 'there'
        : 'nobody'
    },
    async add(tx, userId) {
      const id = store.newId()
      await store.addActive(tx, { id, userId, ...app })
      return id
    },
  }
}
