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
    issuer: push.issuer ?? brand.name,
    colour: brand.colour,
    ...(hasImage && { imageUrl: `${publicUrl}${logoPath}` }),
  }
}

export function createCodeUri(
  { publicUrl, issuer: name, colour, imageUrl }: AppEntry,
  registration: PushRegistration,
  username: string,
  codes: LinkedCodeParameters | undefined,
): string {
  const base = `${publicUrl}${phonePath}`
  const issuer = acceptableIssuer(name)
  if (issuer.type === 'refused') throw new Error(`the issuer ${name} is ${issuer.reason}`)
  return buildRegistrationUri({
    brand: {
      issuer: issuer.issuer,
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
