/**
 * A person who can log in, as the rest of Einlass sees one, and the canonical form of a user name. Does not own where
 * users are stored (users.ts), nor their passwords (a directory), nor their factors.
 */
import { z } from 'zod'
import type { Id } from '../../platform/kernel/ids.ts'
import { countCodePoints, cutText } from '../../platform/kernel/text.ts'
import type { Language } from '../../platform/ui/language.ts'

export type Role = 'user' | 'service_desk' | 'admin'

/** The source of a user's name and address: a directory, or a system that provisions users. */
export type Manager = `directory:${string}` | `scim:${string}`

export interface User {
  readonly id: Id<'user'>
  /** In the spelling of the administrator; shown to people. */
  readonly username: string
  readonly displayName: string
  readonly email: string | null
  readonly role: Role
  /** null: administrators of Einlass manage the name and the address. */
  readonly managedBy: Manager | null
  /** Milliseconds since the epoch; null while the user may log in. */
  readonly disabledAt: number | null
  readonly passwordChangedAt: number | null
  /** After a login with the password, the user has to choose another one. */
  readonly passwordChangeRequired: boolean
  /** Milliseconds since the epoch: when a report called the password into question for the last time. */
  readonly passwordQuestionedAt: number | null
  /** Grows when the password was changed or removed, when it has to be changed, and when the user was disabled or enabled. */
  readonly credentialVersion: number
  /** Wrong passwords in a row in browsers that the person has logged in with; a new password sets it to 0. */
  readonly knownBrowserFailures: number
  /** Milliseconds since the epoch: until then no login sends a message to the phones. */
  readonly pushBlockedUntil: number | null
  readonly pushBlockedAt: number | null
  /** The language of the last login; `undefined`: the user has not logged in yet. */
  readonly language: Language | undefined
  readonly createdAt: number
}

/** The longest address that mail servers accept (RFC 5321, 4.5.3.1.3). */
export const emailSchema = z.email().max(254)

const longestDisplayName = 200

/**
 * The two joiners of Unicode (U+200C and U+200D), except between two letters of a script that needs them, such as Persian, and
 * inside an emoji. Latin, Greek and Cyrillic names never need one, and there it could make two equal names unequal.
 */
const looseJoiners =
  /(?<!(?!\p{sc=Latin}|\p{sc=Greek}|\p{sc=Cyrillic})[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d]|[\u200c\u200d](?!(?!\p{sc=Latin}|\p{sc=Greek}|\p{sc=Cyrillic})[\p{L}\p{Extended_Pictographic}])/gu

/**
 * Cleans a display name, because a directory may have any text: removes invisible characters and cuts the rest. May be
 * empty.
 */
export function cleanDisplayName(text: string): string {
  const visible = cutText(text, longestDisplayName * 5)
    .replace(looseJoiners, '')
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Cs}]/gu, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .normalize('NFC')
  return cutText(visible.trim(), longestDisplayName).trim()
}

const maxCodePoints = 256

/** What a user name may be, in words. */
export const usernameRule = `a text of 1 to ${maxCodePoints} visible characters`

/**
 * The form that every look-up and every counter uses: NFKC, lower case, trimmed. It is a fixed point: the canonical
 * form of a canonical form is itself. Returns undefined when `text` cannot be a user name: it is empty, longer than
 * 256 code points, or holds control, format or separator characters or a lone surrogate.
 */
export function canonicalUsername(text: string): string | undefined {
  if (text.length > maxCodePoints * 4 || !text.isWellFormed()) return undefined
  const canonical = fold(text)
  if (canonical === '' || countCodePoints(canonical) > maxCodePoints) return undefined
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(canonical) ? undefined : canonical
}

/** Lower case can undo NFKC and trimming can change what lower case means (final sigma), so this runs until it is stable. */
function fold(text: string): string {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
  return folded === text ? folded : fold(folded)
}
