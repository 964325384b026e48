/** Why a profile of a device from an AM server could not be read, in words. */
import type { ProfileReading } from '#forgerock-push'

type Refusal = Extract<ProfileReading, { type: 'refused' }>['reason']

export const profileRefusals: Readonly<Record<Refusal, string>> = {
  malformed: 'it is no profile of a device as AM writes it',
  key_missing: 'it is encrypted, and no --key was given',
  not_decrypted: 'it cannot be decrypted with this key',
}
