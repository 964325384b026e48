/**
 * Translates between our levels and the classes of authentication contexts that apps ask for. Owns the meaning of the standard
 * names; all other classes are unknown.
 */
import type { RequestedContext } from '#saml'
import {
  type Acr,
  acrLevels,
  acrPassword,
  acrPossession,
  isAtLeast,
} from '../../../identity/policy/assurance.ts'

const classes = 'urn:oasis:names:tc:SAML:2.0:ac:classes:'
const passwordClass = `${classes}PasswordProtectedTransport`

/** The lowest level of each class. Our own levels are classes too. */
const levels: Readonly<Record<string, Acr>> = {
  [`${classes}unspecified`]: acrPassword,
  [`${classes}Password`]: acrPassword,
  [passwordClass]: acrPassword,
  [`${classes}MobileTwoFactorContract`]: acrPossession,
  [`${classes}TimeSyncToken`]: acrPossession,
  'https://refeds.org/profile/mfa': acrPossession,
  'http://schemas.microsoft.com/claims/multipleauthn': acrPossession,
  ...Object.fromEntries(acrLevels.map((level) => [level, level])),
}

function findLevel(name: string): Acr | undefined {
  return Object.hasOwn(levels, name) ? levels[name] : undefined
}

/**
 * The levels for a request: a login at one of them, or at a stronger one, satisfies it. `undefined`: none of its classes is
 * known, or no stronger level exists.
 */
export function listLevels({ comparison, classes }: RequestedContext): readonly Acr[] | undefined {
  const known = classes.flatMap((name) => findLevel(name) ?? [])
  if (known.length === 0) return undefined
  // A login that is stronger than the requested maximum still includes what was requested.
  if (comparison === 'maximum') return [acrPassword]
  if (comparison !== 'better') return known
  const highest = Math.max(...known.map((level) => acrLevels.indexOf(level)))
  const better = acrLevels[highest + 1]
  return better === undefined ? undefined : [better]
}

/** The class of an assertion: the first requested class that this login satisfies, otherwise its own. */
export function chooseClass(acr: string, requested: readonly string[] = []): string {
  const reached = requested.find((name) => {
    const level = findLevel(name)
    return level !== undefined && isAtLeast(acr, level)
  })
  return reached ?? (acr === acrPassword ? passwordClass : acr)
}
