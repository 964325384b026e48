/** Sends the server changes of the phone. Signed with the reading key. A file of its own, as the first screen does not use it. */
import { signMessage } from '../protocol/jws.ts'
import { type Change, readChanged, types, version } from '../protocol/messages.ts'
import { type Account, toSeconds } from './account.ts'
import type { Failure } from './call.ts'
import { correctClock, type RequestsOptions } from './requests.ts'

/** Sends the server a new name of this phone, where it can be woken, or that the account is removed here. */
export async function sendChange(
  options: RequestsOptions,
  account: Account,
  change: Pick<Change, 'name' | 'subscription' | 'left'>,
): Promise<Failure | { readonly type: 'done' }> {
  return await correctClock(options, account, (now) => sendOnce(options, now, change))
}

async function sendOnce(
  { call, now, randomId }: RequestsOptions,
  account: Account,
  change: Pick<Change, 'name' | 'subscription' | 'left'>,
): Promise<Failure | { readonly type: 'done' }> {
  const { id, server, serverKey, readingKey, clockOffset } = account
  const jti = randomId()
  const iat = toSeconds(now() + clockOffset)
  const claims: Change = { v: version, aud: server, sub: id, iat, jti, ...change }
  const result = await call({
    server,
    address: 'change',
    body: await signMessage(types.change, claims, readingKey),
    reply: types.changed,
    read: readChanged,
    findKey: async () => serverKey,
  })
  if (result.type !== 'done') return result
  return result.reply.change === jti && result.reply.sub === id
    ? { type: 'done' }
    : { type: 'broken' }
}
