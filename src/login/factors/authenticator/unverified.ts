/** Phones that were registered and not verified, because the page was left. Owns which of them a user can go on with. */
import { type Clock, hours } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'

export interface UnverifiedPhone {
  readonly id: Id<'authenticator'>
  readonly name: string
  readonly createdAt: number
  readonly hasCredential: boolean
  readonly codesId: string | null
  /** The registration by which it came. */
  readonly registrationId: string
}

/** How long such a phone is kept (ms). */
const lifetime = hours(24)

export function createUnverified(clock: Clock) {
  return {
    /**
     * The phone that the user registered last and did not verify. None after wrong codes, a denial, or a second phone that has
     * used the link: then it may be another person's. None that is to take the place of another one: that one asks for the code.
     */
    async findResumable(
      queries: Queries,
      userId: Id<'user'>,
    ): Promise<UnverifiedPhone | undefined> {
      const row = await queries
        .selectFrom('authenticator_devices as device')
        .innerJoin('authenticator_registrations as link', 'link.device_id', 'device.id')
        .select(['device.id', 'device.name', 'device.created_at', 'device.credential'])
        .select(['device.codes_id', 'link.id as link_id'])
        .where('device.user_id', '=', userId)
        .where('device.status', '=', 'new')
        .where('device.created_at', '>', clock.now() - lifetime)
        .where('link.status', '=', 'answered')
        .where('link.moves_from', 'is', null)
        .where((one) =>
          one.not(
            one.exists(
              one
                .selectFrom('authenticator_challenges as challenge')
                .select('challenge.id')
                .whereRef('challenge.device_id', '=', 'device.id')
                .where('challenge.status', 'in', ['wrong_code', 'denied', 'reported']),
            ),
          ),
        )
        .orderBy('device.created_at', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (row === undefined) return undefined
      return {
        id: row.id as Id<'authenticator'>,
        name: row.name,
        createdAt: row.created_at,
        hasCredential: row.credential !== null,
        codesId: row.codes_id,
        registrationId: row.link_id,
      }
    },

    /** All of a user, but those that a verified phone has registered to take its place. */
    async listUnverified(
      queries: Queries,
      userId: Id<'user'>,
    ): Promise<Pick<UnverifiedPhone, 'id' | 'name' | 'codesId'>[]> {
      const rows = await queries
        .selectFrom('authenticator_devices as device')
        .select(['device.id', 'device.name', 'device.codes_id'])
        .where('device.user_id', '=', userId)
        .where('device.status', '=', 'new')
        .where((one) =>
          one.not(
            one.exists(
              one
                .selectFrom('authenticator_registrations as link')
                .select('link.id')
                .whereRef('link.device_id', '=', 'device.id')
                .where('link.moves_from', 'is not', null),
            ),
          ),
        )
        .execute()
      return rows.map(({ id, name, codes_id }) => ({
        id: id as Id<'authenticator'>,
        name,
        codesId: codes_id,
      }))
    },

    /** Deletes those that were never verified. */
    async purge(queries: Queries): Promise<void> {
      await queries
        .deleteFrom('authenticator_devices')
        .where('status', '=', 'new')
        .where('created_at', '<', clock.now() - lifetime)
        .execute()
    },
  }
}
