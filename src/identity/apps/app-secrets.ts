/** The secrets of apps at rest: sealed, and readable only in their sealing context. */
import type { Selectable } from 'kysely'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { AppRow as AppTable } from '../../platform/storage/app-tables.ts'

type AppRow = Selectable<AppTable>

export interface EarlierSecret {
  readonly secret: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

export function createAppSecrets({
  keyring,
  random,
}: {
  readonly keyring: Keyring
  readonly random: Random
}) {
  const place = (id: string) => `apps/${id}/secret_sealed`
  const earlierPlace = (id: string) => `apps/${id}/earlier_secret_sealed`
  return {
    sealEarlier: (id: string, earlier: EarlierSecret) =>
      keyring.seal(earlierPlace(id), Buffer.from(JSON.stringify(earlier))),
    openEarlier({ id, earlier_secret_sealed: sealed }: AppRow): EarlierSecret | undefined {
      if (sealed === null) return undefined
      return JSON.parse(Buffer.from(keyring.open(earlierPlace(id), sealed)).toString())
    },
    create(id: string) {
      const plain = newSecret(random)
      return { plain, sealed: keyring.seal(place(id), Buffer.from(plain)) }
    },
    open: ({ id, secret_sealed: sealed }: AppRow) =>
      sealed === null ? undefined : Buffer.from(keyring.open(place(id), sealed)).toString(),
  }
}
