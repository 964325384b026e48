/** Gets a new password for a user: from standard input, from a terminal, or generated. */
import { text } from 'node:stream/consumers'
import {
  createPasswordRules,
  type PasswordOwner,
  type PasswordRefusal,
} from '../identity/users/password-rules.ts'
import type { Config } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { Random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { askHidden, isTerminal } from './hidden-line.ts'

export interface ChosenPassword {
  readonly password: string
  /** It was generated here, so it has to be shown. */
  readonly isGenerated: boolean
}

export interface PasswordOptions {
  readonly fromStdin: boolean
  readonly owner: Omit<PasswordOwner, 'hasSecondFactor'>
  readonly config: Config
  readonly random: Random
  readonly io: Io
}

/** The password, normalised and checked. Throws Fault `not_allowed` when the rules refuse it. */
export async function choosePassword(options: PasswordOptions): Promise<ChosenPassword> {
  const { fromStdin, owner, config, random, io } = options
  if (!fromStdin) return { password: newPassword(random), isGenerated: true }
  const written = isTerminal(io.stdin)
    ? await askHidden(io, `New password for ${escapeControls(owner.username)}`)
    : (await text(io.stdin)).replace(/\r?\n$/, '')
  // The user may have a second factor or not; the rules for users without one apply to both.
  const rules = createPasswordRules(config)
  const result = await rules.check(written, { ...owner, hasSecondFactor: false })
  if (result.type === 'ok') return { password: result.password, isGenerated: false }
  const reasons = {
    too_short: `it needs ${result.minLength} characters`,
    too_long: 'it is too long',
    common:
      'it is on the list of passwords that are guessed first, or a known word with a few characters more',
    contains_username: 'it contains the username',
    only_names: 'there is little in it but names of the user or of this server',
  } satisfies Record<PasswordRefusal, string>
  throw new Fault('not_allowed', `This password is refused: ${reasons[result.reason]}.`)
}

/** Without letters or digits that look alike. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** Four groups of five characters, 100 bits. */
export function newPassword(random: Random): string {
  const letter = () => alphabet[random.int(0, alphabet.length)] ?? ''
  const group = () => Array.from({ length: 5 }, letter).join('')
  return Array.from({ length: 4 }, group).join('-')
}
