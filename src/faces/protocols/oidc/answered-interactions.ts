/**
 * The last step of a login whose answer was lost. A node may end without warning in the middle of it; a proxy then sends the
 * same request to another node. Owns when the step leads on again: for a minute, in the browser and the login that it was
 * answered for, and only while nobody has used its code. The earlier code is deleted first, so that of all answers to a
 * request at most one can be used.
 */
import type { Adapter, AdapterPayload } from 'oidc-provider'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import { newSecret } from '../../../platform/kernel/ids.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database, Queries } from '../../../platform/storage/database.ts'
import { prepared, type Slots } from '../../../platform/storage/prepared.ts'
import { transact } from '../../../platform/storage/transact.ts'
import { SessionNotFound } from './library.ts'
import { hashRecordId } from './record-ids.ts'

const model = 'Interaction'
export const pushedModel = 'PushedAuthorizationRequest'

/** As long as a code is valid, see `codeLifetime`: within this time, proxies and people have repeated a request. */
const grace = minutes(1)

export interface AnsweredInteractionsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  /** The request that is being served. */
  currentRequest(): object | undefined
  /** Whether the current request is the last step of a login. */
  isResuming(): boolean
  /** The Einlass session of the browser whose request is being served. */
  findCurrentLogin(): Promise<string | undefined>
}

export interface AnsweredInteractions {
  /** For interactions: one that the library destroys is found again for a minute. */
  around(adapter: Adapter): Adapter
  /**
   * Called in the transaction that stores the code of the current request. Throws if another request has repeated this one
   * since it began.
   */
  noteCode(tx: Queries, grantHash: string | null): Promise<void>
  /** Who spends a record of this model: a pushed request belongs to the interaction that answers it. */
  findSpender(spentModel: string): string | undefined
}

/** The answer that a request of a browser makes. */
interface Answer {
  /** Hash of the id of its interaction. */
  readonly id: string
  /** Unlike every other answer to the same interaction. */
  readonly by: string
}

export function createAnsweredInteractions(
  options: AnsweredInteractionsOptions,
): AnsweredInteractions {
  const { db, clock, random, currentRequest } = options
  const answers = new WeakMap<object, Answer>()
  const findAnswer = () => {
    const request = currentRequest()
    return request && answers.get(request)
  }
  return {
    around: (adapter) => ({
      ...adapter,
      async find(uid) {
        const found = await adapter.find(uid)
        const isAnswered = found?.consumed !== undefined
        return isAnswered && !(await mayRepeat(options, found)) ? undefined : found
      },
      async destroy(uid) {
        const answer = { id: hashRecordId(uid), by: newSecret(random) }
        await begin(db, answer, clock.now())
        const request = currentRequest()
        if (request) answers.set(request, answer)
      },
    }),
    async noteCode(tx, grantHash) {
      const answer = findAnswer()
      if (answer === undefined) return
      if ((await noteGrant.run(tx, { ...answer, grantHash })) === 0) throw new NotRepeated()
    },
    findSpender(spentModel) {
      const answer = spentModel === pushedModel ? findAnswer() : undefined
      return answer && nameSpender(answer.id)
    },
  }
}

/** Unlike the name of every node. */
const nameSpender = (interaction: string): string => `interaction ${interaction}`

/** Whether an interaction spent the record, and not a node by itself. */
export const isSpentByInteraction = (spender: string): boolean =>
  spender.startsWith(nameSpender(''))

class NotRepeated extends SessionNotFound {
  constructor() {
    super('interaction session not found')
  }
}

/** After the person declined there is no login: the answer says only that. */
async function mayRepeat(
  { isResuming, findCurrentLogin }: AnsweredInteractionsOptions,
  { result }: AdapterPayload,
): Promise<boolean> {
  if (!isResuming()) return false
  const login = readLogin(result)
  return login === undefined || login === (await findCurrentLogin())
}

/** The Einlass session that the interaction ended with. */
function readLogin(result: unknown): string | undefined {
  const { session } = Object(result)
  return typeof session === 'string' ? session : undefined
}

/** Throws if the interaction has been answered and its answer has arrived. */
async function begin(db: Database, { id, by }: Answer, now: number): Promise<void> {
  const at = { id, by, now, end: now + grace }
  if ((await beginFirst.run(db, at)) > 0) return
  await transact(db, async (tx) => {
    // The row stays locked: whatever the previous answer has not stored by now, it cannot store any more.
    const previous = await tx
      .updateTable('oidc_records')
      .set({ consumed_by: by })
      .where('model', '=', model)
      .where('id', '=', id)
      .where('expires_at', '>', now)
      .returning(['payload', 'grant_id'])
      .executeTakeFirst()
    if (previous === undefined) throw new NotRepeated()
    const { result, parJti } = JSON.parse(previous.payload)
    if (previous.grant_id !== null) {
      await withdraw(tx, { login: readLogin(result) ?? null, grantHash: previous.grant_id })
      await noteGrant.run(tx, { id, by, grantHash: null })
    }
    if (typeof parJti === 'string') await unspendPushed(tx, hashRecordId(parJti), id)
  })
}

const beginFirst = prepared(
  (queries, at: Slots<{ id: string; by: string; now: number; end: number }>) =>
    queries
      .updateTable('oidc_records')
      .set({ consumed_at: at.now, consumed_by: at.by, expires_at: at.end, grant_id: null })
      .where('model', '=', model)
      .where('id', '=', at.id)
      .where('consumed_at', 'is', null),
)

const noteGrant = prepared(
  (queries, at: Slots<{ id: string; by: string; grantHash: string | null }>) =>
    queries
      .updateTable('oidc_records')
      .set({ grant_id: at.grantHash })
      .where('model', '=', model)
      .where('id', '=', at.id)
      .where('consumed_by', '=', at.by),
)

/** Deletes the code of the previous answer and its grant. A code that was used has arrived. */
async function withdraw(
  tx: Queries,
  { login, grantHash }: { readonly login: string | null; readonly grantHash: string },
): Promise<void> {
  const ofAnswer = tx
    .deleteFrom('oidc_records')
    .where('login_session', '=', login)
    .where('grant_id', '=', grantHash)
  const code = await ofAnswer
    .where('model', '=', 'AuthorizationCode')
    .where('consumed_at', 'is', null)
    .executeTakeFirst()
  if (code.numDeletedRows !== 1n) throw new NotRepeated()
  await ofAnswer.execute()
}

async function unspendPushed(tx: Queries, id: string, interaction: string): Promise<void> {
  await tx
    .updateTable('oidc_records')
    .set({ consumed_at: null, consumed_by: null })
    .where('model', '=', pushedModel)
    .where('id', '=', id)
    .where('consumed_by', '=', nameSpender(interaction))
    .execute()
}
