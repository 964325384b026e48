/** Who runs a command, for the audit log: as the operating system and sudo report it, which root can change at will. */
import { userInfo } from 'node:os'
import type { Administrator } from '../identity/operations/actor.ts'
import { cutText, escapeControls } from '../platform/kernel/text.ts'

/** `cli:alice`; `cli:root,sudo:alice` where sudo says for whom. Each name is cut to 64 characters. */
export function nameOperator(username: string, sudoUser: string | undefined): string {
  const name = (text: string) => escapeControls(cutText(text, 64))
  const behind = sudoUser === undefined || sudoUser === '' ? '' : `,sudo:${name(sudoUser)}`
  return `cli:${name(username)}${behind}`
}

/** `root`, and an account of a container, may be anybody; who came there through sudo is a person. */
export function namePerson(
  username: string,
  sudoUser: string | undefined,
): { readonly person?: string } {
  const person = sudoUser === undefined || sudoUser === '' ? username : sudoUser
  return person === 'root' || person.startsWith('uid-') ? {} : { person }
}

function usernameHere(): string {
  try {
    return userInfo().username
  } catch {
    // Containers run under numbers that no list of users has.
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}

export const by = nameOperator(usernameHere(), process.env.SUDO_USER)

/** Who can run commands here may administer everything. */
export const operator: Administrator = {
  type: 'administrator',
  name: by,
  ...namePerson(usernameHere(), process.env.SUDO_USER),
}
