/**
 * Whether a password may be chosen. Owns the length, and the words that belong to a person or to this server;
 * guessable.ts owns what is easy to guess. Requires no mixture of characters and no periodic change (SP 800-63B-4 section
 * 3.1.1.2). Does not own how passwords are hashed.
 *
 *   const judgement = await rules.check(typed, { ...user, hasSecondFactor: false })
 *   if (judgement.type === 'ok') await hasher.hash(judgement.password)
 */
import type { Config } from '../../platform/config/schema.ts'
import { countCodePoints } from '../../platform/kernel/text.ts'
import { type Message, message } from '../../platform/ui/message.ts'
import { openBlocklist } from './blocklist/blocklist.ts'
import { type Guessability, judgeGuessability, stem } from './guessable.ts'
import { canonicalUsername } from './user.ts'

export type PasswordRefusal =
  | 'too_short'
  | 'too_long'
  | 'common'
  | 'contains_username'
  /** It contains little except names of the person or of this server. */
  | 'only_names'

export interface RefusedPassword {
  readonly type: 'refused'
  readonly reason: PasswordRefusal
  /** In code points. */
  readonly minLength: number
}

export type PasswordJudgement =
  | {
      readonly type: 'ok'
      /** In NFC, the form to hash. */
      readonly password: string
      readonly guessability: Exclude<Guessability, 'weak'>
    }
  | RefusedPassword

/** The future owner of the password, as far as known. */
export interface PasswordOwner {
  readonly username: string
  readonly displayName?: string | undefined
  readonly email?: string | null | undefined
  /** A login asks for a factor beside the password. */
  readonly hasSecondFactor: boolean
}

export interface PasswordRules {
  /** In code points. */
  findMinLength(owner: Pick<PasswordOwner, 'hasSecondFactor'>): number
  check(typed: string, owner: PasswordOwner): Promise<PasswordJudgement>
}

export const maxPasswordLength = 256

/**
 * NFC, as SP 800-63B-4 section 3.1.1.2 requires. Undefined above 256 code points, and for a text with a lone surrogate:
 * all lone surrogates become the same character in UTF-8, so different passwords would be equal. No form sends one.
 */
export function normalizePassword(password: string): string | undefined {
  if (password.length > maxPasswordLength * 4 || !password.isWellFormed()) return undefined
  const normal = password.normalize('NFC')
  return countCodePoints(normal) > maxPasswordLength ? undefined : normal
}

/** A shorter name may be part of any word. */
const minNameLength = 4

export type PasswordRulesConfig = Pick<Config, 'passwords' | 'brand' | 'public_url'>

export function createPasswordRules(config: PasswordRulesConfig): PasswordRules {
  const { min_length: alone, min_length_with_second_factor: beside } = config.passwords
  const findMinLength: PasswordRules['findMinLength'] = ({ hasSecondFactor }) =>
    hasSecondFactor ? Math.min(alone, beside) : alone
  const here = listWords(config.brand.name, readHost(config.public_url))
  return {
    findMinLength,
    async check(typed, owner) {
      const minLength = findMinLength(owner)
      const password = normalizePassword(typed)
      const refuse = (reason: PasswordRefusal) => ({ type: 'refused', reason, minLength }) as const
      if (password === undefined) return refuse('too_long')
      if (countCodePoints(password) < minLength) return refuse('too_short')
      if (containsUsername(password, owner.username)) return refuse('contains_username')
      const blocklist = await openBlocklist()
      const names = [...here, ...listWords(owner.username, owner.displayName, owner.email)]
      const guessability = judgeGuessability(password, { blocklist, names })
      if (guessability !== 'weak') return { type: 'ok', password, guessability }
      // If both reasons apply, the more helpful one.
      return refuse(names.some((name) => fold(password).includes(name)) ? 'only_names' : 'common')
    },
  }
}

/** Why it was refused, and what to do. */
export function describeRefusal({ reason, minLength }: RefusedPassword): Message {
  return message(`password.refused.${reason}`, { min: minLength })
}

/** A user name of less than four characters may occur inside a password. */
function containsUsername(password: string, username: string): boolean {
  const name = canonicalUsername(username)
  if (name === undefined) return false
  const lower = fold(password)
  const names = [name, name.split('@')[0] ?? name]
  return names.some((part) =>
    part.length >= minNameLength ? lower.includes(part) : stem(lower) === part,
  )
}

/**
 * The longest name or address that a user can have. The limit is necessary because the page with the password hint takes
 * names from anybody.
 */
const maxNameLength = 256
/** The limit of words in a name; nobody has so many. */
const mostWords = 20

/** The words in some names, in lower case. Words with umlauts are listed a second time in the spelling without umlauts. */
function listWords(...names: readonly (string | null | undefined)[]): string[] {
  const words = names
    .flatMap((name) => splitName(name ?? ''))
    .flatMap((word) => [word, spellOut(word)])
  return [...new Set(words)]
}

function splitName(name: string): string[] {
  // Folding makes some characters longer.
  const folded = fold(name.slice(0, maxNameLength)).slice(0, maxNameLength)
  const words = folded.split(/[^\p{L}\p{N}]+/u)
  return words.filter((word) => word.length >= minNameLength).slice(0, mostWords)
}

const spelledOut: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

function spellOut(word: string): string {
  return word.replace(/[äöüß]/g, (letter) => spelledOut[letter] ?? letter)
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/** The host without its last label, for example *de* or *com*. */
function readHost(publicUrl: string | undefined): string | undefined {
  if (publicUrl === undefined) return undefined
  const { hostname } = new URL(publicUrl)
  return /^[\d.]+$|^\[/.test(hostname) ? undefined : hostname.replace(/\.[^.]+$/, '')
}
