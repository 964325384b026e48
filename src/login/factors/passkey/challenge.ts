/**
 * Challenges: what an authenticator signs, so that an answer is valid for one page and only once. Inside a journey, the journey's
 * row stores the challenge and its move spends it. The login page comes before any row. So its challenge carries its own time and
 * a seal, which is for one browser, and is stored when it is spent.
 */

import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { type Clock, minutes } from '../../../platform/kernel/clock.ts'
import { equalInConstantTime, sha256 } from '../../../platform/kernel/crypto.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Queries } from '../../../platform/storage/database.ts'
import { removeRows } from '../../../platform/storage/remove.ts'
import type { JourneyData } from '../../engine/data.ts'
import { journeyEntry } from '../../engine/data.ts'

/** Milliseconds. The browser gives up after the same time. */
export const ceremonyLifetime = minutes(5)

const challengeEntry = journeyEntry('passkey.challenge', z.string())
const untilEntry = journeyEntry('passkey.until', z.int())

/** The challenge that this journey waits for; `undefined` when it has no challenge, or an expired one. */
export function readChallenge(data: JourneyData, now: number): string | undefined {
  const until = untilEntry.read(data)
  return until !== undefined && now < until ? challengeEntry.read(data) : undefined
}

export function writeNewChallenge(random: Random, now: number): JourneyData {
  return {
    ...challengeEntry.write(encodeBase64url(random.bytes(32))),
    ...untilEntry.write(now + ceremonyLifetime),
  }
}

export const clearChallenge = { ...challengeEntry.clear(), ...untilEntry.clear() } as const

const randomLength = 16
const timeLength = 6
const sealLength = 16

export interface SealedChallengesOptions {
  readonly clock: Clock
  readonly random: Random
  readonly key: Uint8Array
}

/** Challenges of 16 random bytes, the time of their end and a seal over both and the browser that may answer. */
export function createSealedChallenges({ clock, random, key }: SealedChallengesOptions) {
  const computeSeal = (body: Uint8Array, browser = '') =>
    createHmac('sha256', key).update(body).update(browser).digest().subarray(0, sealLength)

  /** When it ends. `undefined`: it is not ours, for another browser, or too old. */
  function readEnd(challenge: string, browser: string | undefined): number | undefined {
    const bytes = Buffer.from(challenge, 'base64url')
    if (bytes.length !== randomLength + timeLength + sealLength) return undefined
    const body = bytes.subarray(0, randomLength + timeLength)
    const seal = bytes.subarray(body.length)
    if (!equalInConstantTime(seal.toString('hex'), computeSeal(body, browser).toString('hex')))
      return undefined
    const end = body.readUIntBE(randomLength, timeLength)
    return clock.now() < end ? end : undefined
  }

  return {
    /** `browser`: the hash of the browser's own secret. */
    issue(browser: string | undefined): string {
      const body = Buffer.alloc(randomLength + timeLength)
      body.set(random.bytes(randomLength))
      body.writeUIntBE(clock.now() + ceremonyLifetime, randomLength, timeLength)
      return encodeBase64url(Buffer.concat([body, computeSeal(body, browser)]))
    },

    isOpen: (challenge: string, browser: string | undefined): boolean =>
      readEnd(challenge, browser) !== undefined,

    /** True for the one call that spends it, in the transaction of what it is spent for. */
    async spend(
      queries: Queries,
      challenge: string,
      browser: string | undefined,
    ): Promise<boolean> {
      const end = readEnd(challenge, browser)
      if (end === undefined) return false
      const result = await queries
        .insertInto('spent_challenges')
        .values({ challenge_hash: sha256(challenge), expires_at: end })
        .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
        .executeTakeFirst()
      return result.numInsertedOrUpdatedRows === 1n
    },

    /** Deletes challenges that are too old to be answered. */
    async purge(queries: Queries): Promise<void> {
      const now = clock.now()
      await removeRows(queries, {
        table: 'spent_challenges',
        key: ['challenge_hash'],
        isOld: (row) => row('expires_at', '<=', now),
      })
    },
  }
}

export type SealedChallenges = ReturnType<typeof createSealedChallenges>

function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
