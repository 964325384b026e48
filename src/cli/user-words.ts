/** Texts of commands about a user. */
import type { User } from '../identity/users/user.ts'

export function publicUser(user: User) {
  const { id, username, displayName, email, role, disabledAt, passwordChangeRequired } = user
  return { id, username, displayName, email, role, disabledAt, passwordChangeRequired }
}

export function describeState({ disabledAt, passwordChangeRequired }: User): string {
  if (disabledAt !== null) return 'disabled'
  return passwordChangeRequired ? 'new password needed' : 'active'
}
