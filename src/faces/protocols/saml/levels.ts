/**
 * Between the classes of authentication contexts that apps ask for and our levels. Owns which standard names mean what; a
 * class that is not here is not known.
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

/** The lowest level that a class stands for. Our own levels are classes too. */
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
 * Which levels answer a request: each of them, and what is stronger. `undefined`: none of its classes is known, or there is
 * nothing stronger than them.
 */
export function listLevels({ comparison, classes }: RequestedContext): readonly Acr[] | undefined {
  const known = classes.flatMap((name) => findLevel(name) ?? [])
  if (known.length === 0) return undefined
  // A login that is stronger than what was asked for at most is still one with what was asked for.
  if (comparison === 'maximum') return [acrPassword]
  if (comparison !== 'better') return known
  const highest = Math.max(...known.map((level) => acrLevels.indexOf(level)))
  const better = acrLevels[highest + 1]
  return better === undefined ? undefined : [better]
}

/** The class that an assertion has: the first that was asked for and that this login reaches, else its own. */
export function chooseClass(acr: string, requested: readonly string[] = []): string {
  const reached = requested.find((name) => {
    const level = findLevel(name)
    return level !== undefined && isAtLeast(acr, level)
  })
  return reached ?? (acr === acrPassword ? passwordClass : acr)
}
