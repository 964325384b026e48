/** Recovery codes that people have from an AM server which stored them in the clear. */
import { readDeviceProfile } from '#forgerock-push'
import type { ForeignCredential, ImportSource } from '../imports.ts'
import { profileRefusals } from '../profile-refusals.ts'
import { cutPrefix, isForeignCode } from './codes.ts'
import type { RecoveryStore, StoredCode } from './store.ts'

/** Each profile of a device has codes of its own. */
const names = ['pushdeviceprofiles', 'oathdeviceprofiles']

export function listImportSources(store: RecoveryStore): readonly ImportSource[] {
  return names.map((name) => ({
    name,
    read(text, { privateKeys }) {
      const reading = readDeviceProfile(text, privateKeys)
      if (reading.type === 'refused') return { ...reading, reason: profileRefusals[reading.reason] }
      const { recoveryCodes } = reading.profile
      const codes = selectCodes(recoveryCodes)
      if (codes.length === 0)
        return { type: 'none', ...(recoveryCodes.length > 0 && { leftOut: 'AM hashed' }) }
      return { type: 'ok', credential: createCredential(store, name, codes) }
    },
  }))
}

/** Leaves out hashed codes, and one of two codes that begin alike, because a code is found by its beginning. */
function selectCodes(codes: readonly string[]): string[] {
  return [...new Map(codes.filter(isForeignCode).map((code) => [cutPrefix(code), code])).values()]
}

function createCredential(
  store: RecoveryStore,
  /** Not the codes: AM has also those that were used here since, which must not come back. */
  identity: string,
  codes: readonly string[],
): ForeignCredential {
  let prepared: readonly StoredCode[] | undefined
  return {
    identity,
    async findOwner(queries, userId) {
      return (await store.hasAny(queries, userId)) ? 'there' : 'nobody'
    },
    async prepare() {
      prepared ??= await store.prepare(codes)
    },
    async add(tx, userId) {
      await store.add(tx, userId, prepared ?? (await store.prepare(codes)))
      return 'recovery'
    },
  }
}
