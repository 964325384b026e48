/** What the store of apps has to know of a protocol. What else a protocol does stands in `faces/protocols/protocol.ts`. */
import type { z } from 'zod'
import type { Queries } from '../../platform/storage/database.ts'

/** The settings of one app as they are stored. Only the schema of the app's protocol gives them types. */
export type AppSettings = Readonly<Record<string, unknown>>

export interface AppProtocol {
  /** Stored with each app, for example `oidc`. */
  readonly name: string
  /**
   * May have the members `startUrl` of `appAddressSchema`: where a person begins, for the list of apps; and `loginWindow`, which is
   * `popup` when the app opens the login in a window of its own.
   */
  readonly settings: z.ZodType<AppSettings>
  /** Whether an app with these settings shares a secret with us. */
  hasSecret(settings: AppSettings): boolean
  /** A path of ours at which a login begins, for an app whose settings name no `startUrl`; undefined: nowhere. */
  findStart?(appId: string, settings: AppSettings): string | undefined
  /** What requests name the app by, where that is not its id: no two apps of the protocol have one in common. */
  listIdentifiers?(settings: AppSettings): readonly string[]
  /** Deletes what was issued for an app that is being removed, or it would be valid for the next app with this id. */
  forgetApp(queries: Queries, appId: string): Promise<void>
}

/** Throws when there is no such protocol. */
export function findProtocol<Protocol extends AppProtocol>(
  protocols: readonly Protocol[],
  name: string,
): Protocol {
  const found = protocols.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no protocol ${JSON.stringify(name)}`)
  return found
}
