/** What the store of apps has to know about a protocol. `faces/protocols/protocol.ts` has the rest of a protocol. */
import type { z } from 'zod'
import type { Queries } from '../../platform/storage/database.ts'

/** The settings of one app as they are stored. Only the schema of the app's protocol gives them types. */
export type AppSettings = Readonly<Record<string, unknown>>

export interface AppProtocol {
  /** Stored with each app, for example `oidc`. */
  readonly name: string
  /**
   * Optional members with a meaning here: `startUrl` (`appAddressSchema`), the address at which a person begins, for the
   * list of apps; and `loginWindow`, which is `popup` when the app opens the login in a window of its own.
   */
  readonly settings: z.ZodType<AppSettings>
  /** Whether an app with these settings shares a secret with Einlass. */
  hasSecret(settings: AppSettings): boolean
  /**
   * The path of Einlass at which a login begins, for an app whose settings name no `startUrl`; undefined: there is no
   * such path.
   */
  findStart?(appId: string, settings: AppSettings): string | undefined
  /** Identifiers other than the id by which requests name the app. No two apps of the protocol may share one. */
  listIdentifiers?(settings: AppSettings): readonly string[]
  /**
   * Deletes everything that was issued for an app that is being removed. Otherwise it would be valid for the next app
   * with this id.
   */
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
