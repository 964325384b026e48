/**
 * Hashes passwords by argon2id, and verifies them in every form that password-hashes knows: at most `cores` at once, a
 * bounded queue behind them. A login server's login rate is its hash rate, so a flood is refused instead of queued without
 * end: that of one network before others, and never where the owner of a name has logged in before (see fair-queue.ts). Whether there is such a user, whether their stored hash is sound and
 * whether the password could be one at all changes nothing about the work done.
 */
import { createFairQueue, type TurnOptions } from '../../platform/kernel/fair-queue.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { type Log, silentLog } from '../../platform/kernel/log.ts'
import { putPoolBehindLoop } from './hash-threads.ts'
import { hashByArgon2 } from './password-hashes/argon2.ts'
import type { PasswordHash } from './password-hashes/form.ts'
import { parsePasswordHash } from './password-hashes/password-hash.ts'
import { normalizePassword } from './password-rules.ts'

export interface Verification {
  readonly matches: boolean
  /** The same password hashed as today, when the stored hash was weaker or of another form. Only after a match. */
  readonly rehashed?: string
}

export interface Hasher {
  /** A PHC string. Throws Fault `bad_request` above 256 code points and `unavailable` when a quarter of the queue is full. */
  hash(password: string): Promise<string>
  /**
   * Of a hash in any form that is known here. Never matches without one, and then does the work of `like`, a hash of
   * another user, or of one of ours. Throws Fault `unavailable` when the queue is full.
   */
  verify(
    hash: string | null | undefined,
    password: string,
    options?: {
      readonly like?: string | undefined
      /** The networks of a browser that is not known, see fair-queue.ts; absent: it is, or the person has proven something. */
      readonly from?: readonly string[] | undefined
    },
  ): Promise<Verification>
  /** How many hashes wait for their turn. */
  waiting(): number
  /** How many were sent away, as too many waited; absent: nobody counts them. */
  refused?(): number
}

export interface HasherOptions {
  /** Hashes that run at once. The thread pool needs as many threads. */
  readonly cores: number
  /** Hashes that may wait. */
  readonly queueLimit?: number
  readonly log: Log
}

/** Nobody's hash: salt and digest are zeros. */
const decoy = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const noMatch: Verification = { matches: false }

export function createHasher({ cores, queueLimit = 64, log }: HasherOptions): Hasher {
  const quarter = Math.floor(queueLimit / 4)
  const queue = createFairQueue({ width: cores, limit: queueLimit, reserved: quarter })
  let isFirst = true

  function inTurn<Result>(work: () => Promise<Result>, options?: TurnOptions): Promise<Result> {
    if (isFirst) void putPoolBehindLoop()
    isFirst = false
    return queue.run(work, options)
  }

  async function verifyNow(hash: Readable, password: string): Promise<Verification> {
    const matches = await hash.verify(password)
    if (hash.isSufficient) return { matches }
    // One standard hash more is the same for right and wrong, and for who has no hash of the other form.
    const rehashed = await hashByArgon2(password)
    return matches ? { matches, rehashed } : noMatch
  }

  return {
    waiting: queue.waiting,
    refused: queue.refused,
    async hash(password) {
      const normal = normalizePassword(password)
      if (normal === undefined) throw new Fault('bad_request', 'This cannot be a password.')
      return inTurn(() => hashByArgon2(normal), { limit: quarter })
    },
    async verify(hash, password, { like, from } = {}) {
      const normal = normalizePassword(password)
      const verifyInTurn = async () => {
        // Of the hash of another user nothing is logged: it is not theirs that was asked for.
        const stored = hash ? readStored(hash, log) : readStored(like || decoy, silentLog)
        const verification = await verifyNow(stored, normal ?? '')
        // A hash of the empty password may come from elsewhere, and lets nobody in.
        return hash && normal ? verification : noMatch
      }
      return inTurn(verifyInTurn, { from })
    },
  }
}

type Readable = Pick<PasswordHash, 'isSufficient' | 'verify'>

/** What cannot be read matches nobody, and costs as much as what can. */
function readStored(stored: string, log: Log): Readable {
  const reading = parsePasswordHash(stored)
  if (reading.type === 'known') return reading.hash
  const { reason } = reading
  log.error({ reason }, 'A stored password hash cannot be used. Its user cannot log in.')
  return { isSufficient: true, verify: verifyDecoy }
}

async function verifyDecoy(password: string): Promise<boolean> {
  const reading = parsePasswordHash(decoy)
  if (reading.type === 'known') await reading.hash.verify(password)
  return false
}
