/**
 * Password hashes: argon2id, at most `cores` at once, a bounded queue behind them. A login server's login rate is its
 * hash rate, so a flood is refused instead of queued without end, and most of the queue is kept for logins. Whether there
 * is such a user, whether their stored hash is sound and whether the password could be one at all changes nothing about
 * the work done.
 */
import { hash as argon2, verify as argon2Verify, parseOptions } from '@node-rs/argon2'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Log } from '../../platform/kernel/log.ts'
import { countCodePoints } from '../../platform/kernel/text.ts'
import { putPoolBehindLoop } from './hash-threads.ts'
import { maxPasswordLength } from './password-rules.ts'

export interface Verification {
  readonly matches: boolean
  /** The same password with today's parameters, when the stored hash had weaker ones. Only after a match. */
  readonly rehashed?: string
}

export interface Hasher {
  /** A PHC string. Throws Fault `bad_request` above 256 code points and `unavailable` when a quarter of the queue is full. */
  hash(password: string): Promise<string>
  /** Never matches without a `hash`. Throws Fault `unavailable` when the queue is full. */
  verify(hash: string | null | undefined, password: string): Promise<Verification>
  /** How many hashes wait for their turn. */
  waiting(): number
}

export interface HasherOptions {
  /** Hashes that run at once. The thread pool needs as many threads. */
  readonly cores: number
  /** Hashes that may wait. */
  readonly queueLimit?: number
  readonly log: Log
}

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }
/** Hashes of other origin may cost more than ours; this much memory (KiB) and work is refused, as it would stop the process. */
const maxMemoryCost = 1_048_576
const maxTimeCost = 64
/** In @node-rs/argon2 (`Algorithm`, `Version`), whose const enums do not exist at run time. */
const argon2id = 2
const version13 = 1
/** Nobody's hash: salt and digest are zeros. */
const decoy = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`
const noMatch: Verification = { matches: false }

export function createHasher({ cores, queueLimit = 64, log }: HasherOptions): Hasher {
  const { inPool, waiting } = createPool(cores, queueLimit)

  async function verifyNow(hash: string, password: string): Promise<Verification> {
    const cost = rateCost(hash)
    if (cost === 'malformed') {
      log.error({}, 'A stored password hash is malformed. Its user cannot log in.')
      await argon2Verify(decoy, password)
      return noMatch
    }
    const matches = await argon2Verify(hash, password)
    if (cost === 'sufficient') return { matches }
    // A weaker hash is verified faster, which would show. One standard hash more is the same for right and wrong.
    const rehashed = await argon2(password, parameters)
    return matches ? { matches, rehashed } : noMatch
  }

  return {
    waiting,
    async hash(password) {
      const normal = normalized(password)
      if (normal === undefined) throw new Fault('bad_request', 'The password is too long.')
      return inPool(() => argon2(normal, parameters), Math.floor(queueLimit / 4))
    },
    async verify(hash, password) {
      const normal = normalized(password)
      return inPool(async () => {
        if (normal !== undefined && hash) return verifyNow(hash, normal)
        await argon2Verify(decoy, normal ?? '')
        return noMatch
      })
    },
  }
}

/** NFC, as SP 800-63B-4 section 3.1.1.2 asks for; undefined above 256 code points. */
function normalized(password: string): string | undefined {
  if (password.length > maxPasswordLength * 4) return undefined
  const normal = password.normalize('NFC')
  return countCodePoints(normal) > maxPasswordLength ? undefined : normal
}

function rateCost(hash: string): 'malformed' | 'weaker' | 'sufficient' {
  const options = parse(hash)
  if (options === undefined) return 'malformed'
  if (options.memoryCost > maxMemoryCost || options.timeCost > maxTimeCost) return 'malformed'
  const sufficient =
    Number(options.algorithm) === argon2id &&
    Number(options.version) === version13 &&
    options.memoryCost >= parameters.memoryCost &&
    options.timeCost >= parameters.timeCost &&
    options.outputLen >= parameters.outputLen
  return sufficient ? 'sufficient' : 'weaker'
}

function parse(hash: string): ReturnType<typeof parseOptions> | undefined {
  try {
    return parseOptions(hash)
  } catch {
    return undefined
  }
}

/** Runs at most `width` pieces of work at once, in order. What would wait behind `limit` others is refused. */
function createPool(width: number, queueLimit: number) {
  const waiting: (() => void)[] = []
  let running = 0
  let isFirst = true

  async function inPool<Result>(work: () => Promise<Result>, limit = queueLimit): Promise<Result> {
    if (isFirst) void putPoolBehindLoop()
    isFirst = false
    if (running < width) running += 1
    else if (waiting.length < limit) await new Promise<void>((go) => waiting.push(go))
    else
      throw new Fault('unavailable', 'Too many logins at the same moment.', {
        details: { waiting: waiting.length },
        retryAfter: 1,
      })
    try {
      return await work()
    } finally {
      // Hands its place over, so that nobody new can slip in between.
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }

  return { inPool, waiting: () => waiting.length }
}
