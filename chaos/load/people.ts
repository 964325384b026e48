/** The people who log in during the faults: with a password, a code app, recovery codes, and some with a phone. */
import { setTimeout as pause } from 'node:timers/promises'
import { Secret } from 'otpauth'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../../src/dev/test-support/plain-browser.ts'
import { createHasher, type Hasher } from '../../src/identity/users/hasher.ts'
import { createUsers } from '../../src/identity/users/users.ts'
import { cutPrefix, drawCodes } from '../../src/login/factors/recovery/codes.ts'
import { createRecoveryStore } from '../../src/login/factors/recovery/store.ts'
import { createTotpStore } from '../../src/login/factors/totp/store.ts'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import type { Id } from '../../src/platform/kernel/ids.ts'
import { silentLog as log } from '../../src/platform/kernel/log.ts'
import { systemRandom } from '../../src/platform/kernel/random.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import { startTestPhone, type TestPhone } from '../../test/support/test-phone.ts'
import { enrolPhone } from '../../test/support/way-in.ts'
import type { History, Thing } from '../check/history.ts'
import type { Stage } from '../stage/stage.ts'

export const password = 'Regenschirm im Mai'

export interface PaperCode {
  readonly text: string
  readonly thing: Thing
}

export interface Person {
  readonly username: string
  readonly password: string
  /** Secret of the code app, in base32. */
  readonly totpKey?: string
  /** The unused recovery codes. */
  readonly codes: PaperCode[]
  readonly usedCodes: PaperCode[]
  readonly phone?: TestPhone
}

/** Adds people with a code app and recovery codes. */
export async function addPeople(
  { keyring, inspect }: Stage,
  history: History,
  { count, hash }: { readonly count: number; readonly hash: Hash },
): Promise<Person[]> {
  const parts = { clock: systemClock, random: systemRandom, keyring }
  const users = createUsers(parts)
  const totp = createTotpStore(parts)
  const recovery = createRecoveryStore({ ...parts, hasher: hash.hasher })
  return await inspect(async ({ db }) => {
    const people: Person[] = []
    for (let index = 0; index < count; index += 1) {
      const username = `person${index}`
      const { id: userId } = await users.create(db, {
        ...{ username, displayName: username },
        passwordHash: await hash.ofPassword(),
      })
      const totpKey = await addCodeApp(db, totp, userId)
      const set = await hash.takeCodes()
      await db.transaction().execute((tx) => recovery.replace(tx, userId, set.stored))
      const codes = set.texts.map((text, number) => ({
        text,
        thing: history.addIssued(`recovery code ${number} of ${username}`),
      }))
      people.push({ username, password, totpKey, codes, usedCodes: [] })
    }
    return people
  })
}

async function addCodeApp(
  db: Database,
  totp: ReturnType<typeof createTotpStore>,
  userId: Id<'user'>,
): Promise<string> {
  const id = totp.newId()
  await totp.add(db, { id, userId, name: 'Code app' })
  await totp.activateUnused(db, id, 1)
  const secret = (await totp.find(db, id))?.secret()
  if (secret === undefined) throw new Error('no code app')
  return new Secret({ buffer: Uint8Array.from(secret).buffer }).base32
}

/** Adds people without a second factor so far, before any fault, as nothing may wait for a database whose disk is off. */
export async function addPhoneOwners(
  { inspect }: Stage,
  { count, hash }: { readonly count: number; readonly hash: Hash },
): Promise<Person[]> {
  const users = createUsers({ clock: systemClock, random: systemRandom })
  const passwordHash = await hash.ofPassword()
  const names = Array.from({ length: count }, (_, index) => `phone${index}`)
  await inspect(({ db }) =>
    users.createAll(
      db,
      names.map((username) => ({ username, displayName: username, passwordHash })),
    ),
  )
  return names.map((username) => ({ username, password, codes: [], usedCodes: [] }))
}

/** Connects a phone over HTTP, so a server has to run. */
export async function connectPhone(t: Scope, url: string, person: Person): Promise<Person> {
  const phone = await startTestPhone(t)
  const enrolled = enrolPhone(createPlainBrowser(url), person, phone)
  // If the server is killed before it sends its test request, nothing arrives.
  const isTooLate = pause(enrolmentLimit, undefined, { ref: false }).then(() => {
    throw new Error('no request has reached the phone')
  })
  await Promise.race([enrolled, isTooLate])
  return { ...person, phone }
}

/** Milliseconds. */
const enrolmentLimit = 30_000

const setsOfPerson = 2

interface CodeSet {
  readonly texts: readonly string[]
  readonly stored: Awaited<ReturnType<ReturnType<typeof createRecoveryStore>['prepare']>>
}

/**
 * Hashes that are slow to compute, computed once: all people have the same password, and successive databases use the same
 * codes.
 */
export interface Hash {
  readonly hasher: Hasher
  ofPassword(): Promise<string>
  takeCodes(): Promise<CodeSet>
  /** Begins with the first codes again, for another database. */
  reuse(): void
}

/** More codes than a person gets. A code is found by its beginning, so no two codes of a person begin alike. */
function drawMany(): string[] {
  const codes = Array.from({ length: setsOfPerson }, () => drawCodes(systemRandom)).flat()
  return [...new Map(codes.map((code) => [cutPrefix(code), code])).values()]
}

export function createHash(): Hash {
  const hasher = createHasher({ cores: 1, log })
  const store = createRecoveryStore({ clock: systemClock, random: systemRandom, hasher })
  const sets: CodeSet[] = []
  let made: string | undefined
  let next = 0
  return {
    hasher,
    async ofPassword() {
      made ??= await hasher.hash(password)
      return made
    },
    async takeCodes() {
      const texts = sets[next]?.texts ?? drawMany()
      const set = sets[next] ?? { texts, stored: await store.prepare(texts) }
      sets[next] = set
      next += 1
      return set
    },
    reuse() {
      next = 0
    },
  }
}
