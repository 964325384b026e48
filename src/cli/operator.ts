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

interface Account {
  readonly username: string
  readonly uid: number
}

/** From here on the accounts of people begin on Linux (`UID_MIN` of login.defs); below are those of services. */
const firstPerson = 1000

/**
 * `root`, the account of a service or of a container may be anybody, unless sudo says who came there. A person's own
 * account is that person, whatever the environment says: everybody can set a variable.
 */
export function namePerson(
  { username, uid }: Account,
  sudoUser: string | undefined,
): { readonly person?: string } {
  const person = uid < firstPerson ? (sudoUser ?? '') : username
  return person === '' || person === 'root' || person.startsWith('uid-') ? {} : { person }
}

function findAccount(): Account {
  const uid = process.getuid?.() ?? 0
  try {
    return { username: userInfo().username, uid }
  } catch {
    // Containers run under numbers that no list of users has.
    return { username: `uid-${process.getuid?.() ?? 'unknown'}`, uid }
  }
}

const account = findAccount()

export const by = nameOperator(account.username, process.env.SUDO_USER)

/** Who can run commands here may administer everything. */
export const operator: Administrator = {
  type: 'administrator',
  name: by,
  ...namePerson(account, process.env.SUDO_USER),
}
