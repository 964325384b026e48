/**
 * Hashes passwords with argon2id, and verifies them in every form that password-hashes knows: at most `cores` at once,
 * with a queue that nobody stays in for longer than five seconds. The rate of hashes limits the rate of logins, so who would
 * have to wait longer is refused at once: first those of a network that floods, and last a login from a browser in which the
 * owner of the name has logged in before (see fair-queue.ts). The work is the same whether or not the user exists, the stored hash is valid, or the password can
 * be one at all.
 */
import { seconds } from '../../platform/kernel/clock.ts'
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
  /** A new hash of the same password, when the stored one was weaker or of another form. Only after a match. */
  readonly rehashed?: string
}

export interface Hasher {
  /**
   * Returns a PHC string. Throws Fault `bad_request` above 256 code points and `busy` when a quarter of the queue is full.
   */
  hash(password: string): Promise<string>
  /**
   * Verifies a password with a hash in any known form. Without a hash it never matches, but does the work of `like`, a
   * hash of another user, or else of an argon2id hash. Throws Fault `busy` when the queue is full.
   */
  verify(
    hash: string | null | undefined,
    password: string,
    options?: {
      readonly like?: string | undefined
      /**
       * The networks of an unknown browser, see fair-queue.ts; absent: the browser is known, or the person has proven
       * something.
       */
      readonly from?: readonly string[] | undefined
    },
  ): Promise<Verification>
  /** The number of hashes that wait for their turn. */
  waiting(): number
  /** How many were refused because too many waited; absent: they are not counted. */
  refused?(): number
  /** For how many the client left before their turn; absent: they are not counted. */
  left?(): number
  /** Milliseconds that a new one would probably wait; absent: it is not measured. */
  expectedWait?(): number
}

export interface HasherOptions {
  /** Hashes that run at once. The thread pool needs as many threads. */
  readonly cores: number
  /** Hashes that may wait, however fast they are. */
  readonly queueLimit?: number
  readonly log: Log
}

/** Nobody's hash: salt and digest are zeros. */
const decoy = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const noMatch: Verification = { matches: false }

/** Each of them holds a request of some 20 KB. */
const mostWaiting = 1000
/** Proxies give up after 15 seconds, and people earlier. */
const longestWait = seconds(5)
const quarter = 1 / 4

export function createHasher({ cores, queueLimit = mostWaiting, log }: HasherOptions): Hasher {
  const queue = createFairQueue({
    ...{ width: cores, limit: queueLimit, longestWait },
    reserved: Math.floor(queueLimit * quarter),
  })
  let isFirst = true

  function inTurn<Result>(work: () => Promise<Result>, options?: TurnOptions): Promise<Result> {
    if (isFirst) void putPoolBehindLoop()
    isFirst = false
    return queue.run(work, options)
  }

  async function verifyNow(hash: Readable, password: string): Promise<Verification> {
    const matches = await hash.verify(password)
    if (hash.isSufficient) return { matches }
    // This further standard hash costs the same for right and wrong passwords, and for names without a user.
    const rehashed = await hashByArgon2(password)
    return matches ? { matches, rehashed } : noMatch
  }

  return {
    waiting: queue.waiting,
    refused: queue.refused,
    left: queue.left,
    expectedWait: queue.expectedWait,
    async hash(password) {
      const normal = normalizePassword(password)
      if (normal === undefined) throw new Fault('bad_request', 'This cannot be a password.')
      return inTurn(() => hashByArgon2(normal), { part: quarter })
    },
    async verify(hash, password, { like, from } = {}) {
      const normal = normalizePassword(password)
      const verifyInTurn = async () => {
        // Nothing is logged about the hash of another user, because the login is not theirs.
        const stored = hash ? readStored(hash, log) : readStored(like || decoy, silentLog)
        const verification = await verifyNow(stored, normal ?? '')
        // An imported hash may be of the empty password; nobody can log in with that.
        return hash && normal ? verification : noMatch
      }
      return inTurn(verifyInTurn, { from })
    },
  }
}

type Readable = Pick<PasswordHash, 'isSufficient' | 'verify'>

/** A hash that cannot be read matches no password, and costs as much as one that can. */
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
