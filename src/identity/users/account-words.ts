/**
 * What a directory says about an account, as English sentences for an operator, with advice. Pages for the person have
 * their own words.
 */
import type { DirectoryAccount, DirectoryAccountOutcome } from './directory.ts'

/** @param formatTime writes a time (ms since the epoch) as the other sentences do */
export function explainAccount(
  outcome: DirectoryAccountOutcome,
  formatTime: (at: number) => string,
): string[] {
  switch (outcome.type) {
    case 'local':
    case 'unknown':
      return []
    case 'unavailable':
      return [
        `The directory of the user does not answer${outcome.reason === undefined ? '' : ` (${outcome.reason})`}. What it says of the account is not known, and nobody of it can log in.`,
      ]
    case 'account':
      return [
        ...explainRefusal(outcome),
        ...explainPassword(outcome),
        ...explainLockout(outcome, formatTime),
        ...explainProblem(outcome),
      ]
  }
}

function explainProblem({ directory, problem }: DirectoryAccount): string[] {
  if (problem === undefined) return []
  return [`No login succeeds, because the directory ${directory} does not answer: ${problem}.`]
}

function explainRefusal({ directory, refusal }: DirectoryAccount): string[] {
  switch (refusal) {
    case undefined:
      return []
    case 'removed':
      return [`The directory ${directory} has no such account any more.`]
    case 'disabled':
      return [`The account is disabled in the directory ${directory}. Enable it there.`]
    case 'account_expired':
      return [`The account has expired in the directory ${directory}. Prolong it there.`]
    case 'outside_hours':
      return [`The directory ${directory} does not let the user log in at this time.`]
  }
}

function explainPassword({ directory, password, isWritable }: DirectoryAccount): string[] {
  if (password === undefined) return []
  const what =
    password === 'expired'
      ? `The password has expired in the directory ${directory}.`
      : `The directory ${directory} asks for a new password.`
  return [
    isWritable
      ? `${what} The next login with the right one asks for it.`
      : `${what} Until it is changed there, no login succeeds, also with the right one.`,
  ]
}

function explainLockout(
  { directory, lockout }: DirectoryAccount,
  formatTime: (at: number) => string,
): string[] {
  if (lockout === undefined) return []
  const { isHeldBack, until } = lockout
  if (isHeldBack)
    return [
      `Too many passwords were wrong, and a few more would lock the account in the directory ${directory}: until ${until === undefined ? 'its next login elsewhere' : formatTime(until)} no password is sent there, and the right one reads as wrong. One more is left in a browser in which the user has logged in before. A reset of the password helps at once.`,
    ]
  return [
    `The account is locked in the directory ${directory} after wrong passwords, ${until === undefined ? 'until somebody unlocks it there' : `until ${formatTime(until)}`}. Unlock it there.`,
  ]
}
