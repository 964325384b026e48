/**
 * Which apps took part in a session, so that each can be told of its end. Owns these records for all protocols. They are rows
 * of `oidc_records`, as OpenID Connect was the first protocol; the protocol of a participant is that of its app.
 */
import { sha256 } from '../../platform/kernel/crypto.ts'
import type { Database, Queries } from '../../platform/storage/database.ts'
import { removeInBatches } from '../../platform/storage/remove.ts'

/** An app that a person entered during one session. Stored as it is. */
export interface Participant {
  readonly loginSession: string
  readonly userId: string
  /** The app's id. */
  readonly clientId: string
}

export const participantModel = 'Participant'

/**
 * @param expiresAt when the session can be alive no more, in milliseconds since the epoch: `clock.now()` and
 * `config.sessions.absolute` together, as no session lives longer
 */
export async function saveParticipant(
  queries: Queries,
  participant: Participant,
  expiresAt: number,
): Promise<void> {
  const { loginSession, clientId } = participant
  const payload = JSON.stringify(participant)
  await queries
    .insertInto('oidc_records')
    .values({
      model: participantModel,
      id: sha256(`${loginSession}~${clientId}`),
      payload,
      grant_id: null,
      login_session: loginSession,
      client_id: clientId,
      expires_at: expiresAt,
      consumed_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['model', 'id'])
        .doUpdateSet({ payload, login_session: loginSession, expires_at: expiresAt }),
    )
    .execute()
}

/** Deletes the participants of these sessions whose app speaks `protocol`. Each is returned to one caller only. */
export async function takeParticipants(
  queries: Queries,
  protocol: string,
  sessionIds: readonly string[],
): Promise<Participant[]> {
  if (sessionIds.length === 0) return []
  const rows = await queries
    .deleteFrom('oidc_records')
    .where('model', '=', participantModel)
    .where('login_session', 'in', [...sessionIds])
    // Those of an app that is gone go with whichever protocol comes first.
    .where('client_id', 'not in', (query) =>
      query.selectFrom('apps').select('id').where('protocol', '!=', protocol),
    )
    .returning('payload')
    .execute()
  return rows.map(({ payload }): Participant => JSON.parse(payload))
}

/** For `forgetApp` of a protocol. */
export async function forgetParticipants(queries: Queries, appId: string): Promise<void> {
  await queries
    .deleteFrom('oidc_records')
    .where('model', '=', participantModel)
    .where('client_id', '=', appId)
    .execute()
}

/** Deletes participants that have expired; says how many. */
export function purgeParticipants(db: Database, now: number): Promise<number> {
  return removeInBatches(async (limit) => {
    const expired = db
      .selectFrom('oidc_records')
      .select('id')
      .where('model', '=', participantModel)
      .where('expires_at', '<=', now)
      .limit(limit)
    const result = await db
      .deleteFrom('oidc_records')
      .where('model', '=', participantModel)
      .where('id', 'in', expired)
      .executeTakeFirst()
    return Number(result.numDeletedRows)
  })
}
