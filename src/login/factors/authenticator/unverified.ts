/** Phones that were registered and not verified, because the user left the page. Owns which of them a user can go on with. */
import { type ExpressionBuilder, sql } from 'kysely'
import { type Clock, hours, minutes } from '../../../platform/kernel/clock.ts'
import type { Id } from '../../../platform/kernel/ids.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { Tables } from '../../../platform/storage/tables.ts'

export interface UnverifiedPhone {
  readonly id: Id<'authenticator'>
  readonly name: string
  readonly createdAt: number
  readonly hasCredential: boolean
  readonly codesId: string | null
  /** The registration of the phone. */
  readonly registrationId: string
}

/** How long such a phone is stored (ms). */
const lifetime = hours(24)

/** A journey that is not over is taken to go on for this long (ms) after the last thing that happened in it. */
const pause = minutes(5)

type Found = ExpressionBuilder<
  Tables & { device: Tables['authenticator_devices']; link: Tables['authenticator_registrations'] },
  'device' | 'link'
>

/** Another journey that is not over has registered the phone a moment ago, or has sent it a request. */
function isBusy(one: Found, journeyHash: string, now: number) {
  const others = one
    .selectFrom('journeys as journey')
    .select('journey.id_hash')
    .where('journey.id_hash', '!=', journeyHash)
    .where('journey.finished_at', 'is', null)
    .where('journey.expires_at', '>', now)
  return one.or([
    one.and([
      one('device.created_at', '>', now - pause),
      one.exists(others.whereRef('journey.id_hash', '=', 'link.journey_hash')),
    ]),
    one.exists(
      others
        .innerJoin('authenticator_challenges as request', 'request.journey_hash', 'journey.id_hash')
        .whereRef('request.device_id', '=', 'device.id')
        .where('request.created_at', '>', now - pause),
    ),
  ])
}

export function createUnverified(clock: Clock) {
  return {
    /**
     * The phone that the user registered last and did not verify. None after wrong codes, a denial, or a second phone that used
     * the link: then it may be another person's. None that is to replace another phone, because that one asks for the code. None
     * whose enrolment goes on at this moment in another journey: the two journeys may be of different people.
     * @param journeyHash the journey that would go on with it
     */
    async findResumable(
      queries: Queries,
      userId: Id<'user'>,
      journeyHash: string,
    ): Promise<UnverifiedPhone | undefined> {
      const now = clock.now()
      const row = await queries
        .selectFrom('authenticator_devices as device')
        .innerJoin('authenticator_registrations as link', 'link.device_id', 'device.id')
        .select(['device.id', 'device.name', 'device.created_at', 'device.credential'])
        .select(['device.codes_id', 'link.id as link_id'])
        .where('device.user_id', '=', userId)
        .where('device.status', '=', 'new')
        .where('device.created_at', '>', now - lifetime)
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
        .where((one) => one.not(isBusy(one, journeyHash, now)))
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

    /** All unverified phones of a user, except those that a verified phone has registered to take its place. */
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
      const before = clock.now() - lifetime
      await removeRows(queries, {
        table: 'authenticator_devices',
        key: ['id'],
        isOld: (row) =>
          row.and([row('status', '=', sql.lit('new')), row('created_at', '<', before)]),
      })
    },
  }
}
