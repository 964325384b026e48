/** The content of the QR code that enrols a phone. Owns which facts of this installation the phone's app gets. */
import {
  acceptableAccountName,
  acceptableIssuer,
  buildRegistrationUri,
  type OathPart,
} from '#forgerock-push'
import type { Config } from '../../../platform/config/schema.ts'
import { logoPath } from '../../../platform/ui/assets.ts'
import type { LinkedCodeParameters } from '../linked-codes.ts'
import type { PushRegistration } from './registrations.ts'

/** What the phone's app shows of an account, and which server it calls. */
export interface AppEntry {
  /** The origin that phones can reach, without a slash at its end. Example: `https://login.example.org`. */
  readonly publicUrl: string
  readonly issuer: string
  /** `#rrggbb` */
  readonly colour: string
  readonly imageUrl?: string
}

/** The path below the public address to which phones send their requests. */
const phonePath = '/am/json/push/sns/message'

/** Apps load the logo by themselves, over https only, and draw no SVG. */
export function createAppEntry({ brand, push }: Config, publicUrl: string): AppEntry {
  const hasImage = publicUrl.startsWith('https:') && /\.png$/i.test(brand.logo ?? '')
  return {
    publicUrl,
    issuer: findPhoneIssuer({ brand, push }, publicUrl),
    colour: brand.colour,
    ...(hasImage && { imageUrl: `${publicUrl}${logoPath}` }),
  }
}

/**
 * The name of an account in the phone's app: `push.issuer` or `brand.name`, spelled so that each generation of the app can show
 * it. A name without any such spelling gives way to the host of `publicUrl`.
 */
function findPhoneIssuer({ brand, push }: Pick<Config, 'brand' | 'push'>, publicUrl: string) {
  const check = acceptableIssuer(push.issuer ?? brand.name)
  return check.type === 'ok' ? check.issuer : new URL(publicUrl).hostname
}

/** Warns of a name that the phone's app shows in another spelling. */
export function listIssuerWarnings(config: Config): string[] {
  const { brand, push, public_url: publicUrl = 'http://localhost' } = config
  const wanted = push.issuer ?? brand.name
  const shown = findPhoneIssuer(config, publicUrl)
  if (shown.normalize() === wanted.normalize()) return []
  return [
    `${push.issuer === undefined ? 'brand.name' : 'push.issuer'}: the ForgeRock Authenticator cannot show ${JSON.stringify(wanted)} and names accounts ${JSON.stringify(shown)}; push.issuer can be any other spelling`,
  ]
}

export function createCodeUri(
  { publicUrl, issuer, colour, imageUrl }: AppEntry,
  registration: PushRegistration,
  username: string,
  codes: LinkedCodeParameters | undefined,
): string {
  const base = `${publicUrl}${phonePath}`
  return buildRegistrationUri({
    brand: {
      issuer,
      backgroundColor: colour,
      ...(imageUrl !== undefined && { imageUrl }),
    },
    account: { name: acceptableAccountName(username) },
    endpoints: {
      registerUrl: `${base}?_action=register`,
      authenticateUrl: `${base}?_action=authenticate`,
    },
    messageId: registration.messageId,
    sharedSecret: registration.secret(),
    challenge: registration.challenge,
    ...(codes !== undefined && { oath: createOathPart(codes) }),
  })
}

function createOathPart({ secret, algorithm, digits, period }: LinkedCodeParameters): OathPart {
  const part = { kind: 'totp', secret, digits, period } as const
  return algorithm === 'SHA1' ? part : { ...part, algorithm }
}
