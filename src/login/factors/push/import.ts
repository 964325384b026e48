/**
 * Phones that were enrolled at an AM server: its profiles of devices, plain or encrypted. The phone keeps its secret, its id and
 * the address to which it answers, so nothing has to be enrolled again.
 */
import { type PushProfile, readDeviceProfile } from '#forgerock-push'
import { sha256 } from '../../../platform/kernel/crypto.ts'
import {
  cleanName,
  type ForeignCredential,
  type ImportReadingOptions,
  type ImportSource,
} from '../imports.ts'
import { profileRefusals } from '../profile-refusals.ts'
import type { PushDeviceStore } from './devices.ts'
import { isPlainToken } from './phone-requests.ts'

/** Bytes. Apps sign with HS256, whose key is never shorter. */
const secretLengths = { least: 32, most: 64 }

/** What AM writes as long as no phone has sent a name. */
const nameOfAm = 'Push Device'

export function listImportSources(devices: PushDeviceStore): readonly ImportSource[] {
  return [
    {
      name: 'pushdeviceprofiles',
      optOut: { name: 'push2faenabled', value: '1' },
      read(text, options) {
        const reading = readDeviceProfile(text, options.privateKeys)
        if (reading.type === 'refused')
          return { ...reading, reason: profileRefusals[reading.reason] }
        const { profile } = reading
        const reason = profile.type === 'push' ? explain(profile) : 'it is no profile of a phone'
        if (profile.type !== 'push' || reason !== undefined)
          return { type: 'refused', reason: reason ?? profileRefusals.malformed }
        return { type: 'ok', credential: createCredential(devices, profile, options) }
      },
    },
  ]
}

/** Why no phone can have this profile. */
function explain({ sharedSecret: { length }, deviceId, mechanismUid }: PushProfile) {
  if (length < secretLengths.least || length > secretLengths.most)
    return `its secret has ${length} bytes`
  // An address could be one inside of our network.
  if (!isPlainToken(deviceId)) return 'its deviceId is no token of Google or Apple'
  return /^[\x21-\x7e]{1,200}$/.test(mechanismUid)
    ? undefined
    : 'its deviceMechanismUID cannot be one'
}

function createCredential(
  devices: PushDeviceStore,
  profile: PushProfile,
  { isOldApp = false }: ImportReadingOptions,
): ForeignCredential {
  const { mechanismUid, deviceId, deviceType, communicationType, sharedSecret } = profile
  const deviceName = profile.deviceName === nameOfAm ? '' : cleanName(profile.deviceName)
  return {
    identity: mechanismUid,
    content: sha256(
      `${communicationType} ${deviceId} ${Buffer.from(sharedSecret).toString('hex')}`,
    ),
    isExclusive: true,
    async findOwner(queries, userId) {
      const owner = await devices.findOwner(queries, mechanismUid)
      if (owner === undefined) return 'nobody'
      return owner === userId ? 'there' : 'taken'
    },
    async add(tx, userId) {
      const phone = { mechanismUid, deviceId, deviceType, communicationType }
      // Apps that show no numbers never send a name, so a name shows that this one does.
      const name = deviceName !== '' || !isOldApp ? { deviceName } : {}
      const id = await devices.add(tx, userId, { ...phone, ...name }, sharedSecret)
      await devices.activate(tx, id)
      return id
    },
  }
}
