/**
 * Which apps took part in a session, so that each can be notified of its end, and when a person last used which app. Owns
 * the table `participants` for all protocols. What a protocol has to remember of an app in a session is its own (`data`).
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import { hours, minutes } from '../../platform/kernel/clock.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { prepared, type Slots } from '../../platform/storage/prepared.ts'
import { removeRows } from '../../platform/storage/remove.ts'
import type { ParticipantRow } from '../../platform/storage/tables.ts'
import { pageSize, type Remembering } from './unnoted-ends.ts'

/** An app that a person entered during one session. */
export interface Participant {
  readonly sessionId: Id<'session'>
  readonly userId: Id<'user'>
  readonly appId: string
  /** The name of the protocol of the app. */
  readonly protocol: string
  /** What the protocol needs to notify the app of the end, for example the NameID and the SessionIndex of SAML. JSON. */
  readonly data: Readonly<Record<string, unknown>>
}

/** How long after a session the use of its apps is known. */
const keptAfterExpiry = hours(24 * 30)

type ParticipantValues = Pick<
  Selectable<ParticipantRow>,
  'session_id' | 'app_id' | 'user_id' | 'protocol' | 'data' | 'expires_at'
> & { readonly now: number; readonly aWhileAgo: number }

/** The time of the last use is right to the minute, as for a session: a person who enters again at once costs no write. */
const saveEntry = prepared((queries, at: Slots<ParticipantValues>) => {
  const changing = { protocol: at.protocol, data: at.data, last_used_at: at.now }
  return queries
    .insertInto('participants')
    .values({
      ...{ session_id: at.session_id, app_id: at.app_id, user_id: at.user_id },
      ...{ ...changing, first_used_at: at.now, expires_at: at.expires_at, ended_at: null },
    })
    .onConflict((conflict) =>
      conflict
        .columns(['session_id', 'app_id'])
        // The session may have ended a moment ago: then the app is notified once more.
        .doUpdateSet({ ...changing, expires_at: at.expires_at, ended_at: null })
        .where((row) =>
          row.or([
            row('participants.last_used_at', '<=', at.aWhileAgo),
            row('participants.ended_at', 'is not', null),
            row('participants.protocol', '!=', at.protocol),
            row('participants.data', '!=', at.data),
          ]),
        ),
    )
})

/**
 * Call it in the transaction that lets the person in.
 * @param times in milliseconds since the epoch; `expiresAt`: `clock.now()` and `config.sessions.absolute` together, as no
 * session lives longer
 */
export async function saveParticipant(
  queries: Queries,
  { sessionId, userId, appId, protocol, data }: Participant,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number },
): Promise<void> {
  await saveEntry.run(queries, {
    ...{ session_id: sessionId, app_id: appId, user_id: userId, protocol },
    data: JSON.stringify(data),
    expires_at: expiresAt,
    now,
    aWhileAgo: now - minutes(1),
  })
}

/** What the protocol has noted of the app in this session; undefined: the person has not entered it. */
export async function findEntryData(
  queries: Queries,
  { sessionId, appId }: Pick<Participant, 'sessionId' | 'appId'>,
): Promise<Participant['data'] | undefined> {
  const row = await queries
    .selectFrom('participants')
    .select('data')
    .where('session_id', '=', sessionId)
    .where('app_id', '=', appId)
    .executeTakeFirst()
  return row && JSON.parse(row.data)
}

/** The apps that took part in a session. */
export async function listEntered(queries: Queries, sessionId: Id<'session'>): Promise<string[]> {
  const rows = await queries
    .selectFrom('participants')
    .select('app_id')
    .where('session_id', '=', sessionId)
    .orderBy('first_used_at')
    .orderBy('app_id')
    .execute()
  return rows.map((row) => row.app_id)
}

/** The apps that took part in any of these sessions, each once; also when they have ended. */
export async function listEnteredIn(
  queries: Queries,
  sessionIds: readonly Id<'session'>[],
): Promise<string[]> {
  if (sessionIds.length === 0) return []
  const rows = await queries
    .selectFrom('participants')
    .select('app_id')
    .distinct()
    .where('session_id', 'in', [...sessionIds])
    .orderBy('app_id')
    .execute()
  return rows.map((row) => row.app_id)
}

/** Notes that these sessions have ended. Each of their participants is returned to one caller only. */
export async function endParticipants(
  queries: Queries,
  sessionIds: readonly string[],
  now: number,
): Promise<Participant[]> {
  if (sessionIds.length === 0) return []
  const rows = await queries
    .updateTable('participants')
    .set({ ended_at: now })
    .where('session_id', 'in', [...sessionIds])
    .where('ended_at', 'is', null)
    .returningAll()
    .execute()
  return rows.map(toParticipant)
}

/** As `endParticipants`, for all sessions of a user. */
export async function endParticipantsOf(
  queries: Queries,
  userId: string,
  now: number,
): Promise<Participant[]> {
  const rows = await queries
    .updateTable('participants')
    .set({ ended_at: now })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .where('expires_at', '>', now)
    .returningAll()
    .execute()
  return rows.map(toParticipant)
}

export function toParticipant(
  row: Pick<ParticipantRow, 'session_id' | 'user_id' | 'app_id' | 'protocol'> & {
    readonly data: string | null
  },
): Participant {
  return {
    sessionId: row.session_id as Id<'session'>,
    userId: row.user_id as Id<'user'>,
    appId: row.app_id,
    protocol: row.protocol,
    data: JSON.parse(row.data ?? '{}'),
  }
}

/** For unnoted-ends.ts: the participants that are not noted as ended. */
export const liveParticipants: Remembering = {
  async among(queries, ids, now) {
    const rows = await queries
      .selectFrom('participants')
      .select('session_id')
      .distinct()
      .where('session_id', 'in', ids)
      .where('ended_at', 'is', null)
      // No app has to learn of a session that was purged long after it had expired.
      .where('expires_at', '>', now)
      .execute()
    return rows.map(({ session_id: id }) => id)
  },
  async readPage(queries, place, now) {
    const [at, session, app] = JSON.parse(place ?? 'null') ?? [now, '', '']
    const rows = await queries
      .selectFrom('participants')
      .select(['session_id', 'app_id', 'ended_at', 'expires_at'])
      .where('expires_at', '>=', Math.max(at, now + 1))
      .where(({ or, and, eb }) =>
        or([
          eb('expires_at', '>', at),
          eb('session_id', '>', session),
          and([eb('session_id', '=', session), eb('app_id', '>', app)]),
        ]),
      )
      .orderBy('expires_at')
      .orderBy('session_id')
      .orderBy('app_id')
      .limit(pageSize)
      .execute()
    const live = rows.filter((row) => row.ended_at === null)
    const last = rows.length < pageSize ? undefined : rows.at(-1)
    return {
      ids: [...new Set(live.map(({ session_id: id }) => id))],
      ...(last && { next: JSON.stringify([last.expires_at, last.session_id, last.app_id]) }),
    }
  },
}

/** When this person last used each app, in milliseconds since the epoch; for the last 30 days and a session at least. */
export async function findLastUsed(
  queries: Queries,
  userId: string,
): Promise<ReadonlyMap<string, number>> {
  const rows = await queries
    .selectFrom('participants')
    .select(['app_id', ({ fn }) => fn.max('last_used_at').as('last_used_at')])
    .where('user_id', '=', userId)
    .groupBy('app_id')
    .execute()
  return new Map(rows.map((row) => [row.app_id, Number(row.last_used_at)]))
}

/** Deletes the rows of an app that is being removed. */
export async function forgetParticipants(queries: Queries, appId: string): Promise<void> {
  await queries.deleteFrom('participants').where('app_id', '=', appId).execute()
  await queries.deleteFrom('logout_queue').where('app_id', '=', appId).execute()
}

/** Deletes participants whose session ended long ago, and those of users who were removed; says how many. */
export async function purgeParticipants(db: Database, now: number): Promise<number> {
  const columns = { table: 'participants', key: ['session_id', 'app_id'] } as const
  const before = now - keptAfterExpiry
  let removed = await removeRows(db, {
    ...columns,
    isOld: (row) => row('expires_at', '<=', before),
  })
  for await (const gone of readRemovedUsers(db))
    removed += await removeRows(db, {
      ...columns,
      // Those that are not noted as ended still have to be notified.
      isOld: (row) => row.and([row('user_id', 'in', gone), row('ended_at', 'is not', null)]),
    })
  return removed
}

/** Users who are gone and have participants, some at a time. */
async function* readRemovedUsers(db: Database): AsyncGenerator<readonly string[]> {
  for (let after = ''; ; await nextTurn()) {
    const rows = await db
      .selectFrom('participants')
      .select('user_id')
      .where('user_id', '>', after)
      .groupBy('user_id')
      .orderBy('user_id')
      .limit(usersAtOnce)
      .execute()
    const ids = rows.map(({ user_id: id }) => id)
    const last = ids.at(-1)
    if (last === undefined) return
    const known = await db.selectFrom('users').select('id').where('id', 'in', ids).execute()
    const there = new Set(known.map(({ id }) => id))
    const gone = ids.filter((id) => !there.has(id))
    if (gone.length > 0) yield gone
    after = last
  }
}

const usersAtOnce = 500
