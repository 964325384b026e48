/** Who runs a command, for the audit log: as the operating system and sudo report it, which root can change at will. */
import { userInfo } from 'node:os'
import type { Administrator } from '../identity/operations/actor.ts'
import { cutText, escapeControls } from '../platform/kernel/text.ts'

interface Account {
  readonly username: string
  readonly uid: number
}

/**
 * Who came to an account by sudo; empty: nobody did. Only for root: a person can set any variable in their own account and in
 * that of a service, and who is root can do everything anyway.
 */
const findSudoUser = ({ uid }: Account, sudoUser = ''): string => (uid === 0 ? sudoUser : '')

/** `cli:alice`; `cli:root,sudo:alice` where sudo says for whom. Each name is cut to 64 characters. */
export function nameOperator(account: Account, variable: string | undefined): string {
  const name = (text: string) => escapeControls(cutText(text, 64))
  const sudoUser = findSudoUser(account, variable)
  const behind = sudoUser === '' ? '' : `,sudo:${name(sudoUser)}`
  return `cli:${name(account.username)}${behind}`
}

/** From here on the accounts of people begin on Linux (`UID_MIN` of login.defs); below are those of services. */
const firstPerson = 1000

/**
 * `root` may be anybody, unless sudo says who came there; the account of a service or of a container may be anybody. A
 * person's own account is that person.
 */
export function namePerson(
  account: Account,
  variable: string | undefined,
): { readonly person?: string } {
  const { username, uid } = account
  const person = uid < firstPerson ? findSudoUser(account, variable) : username
  return person === '' || person === 'root' || person.startsWith('uid-') ? {} : { person }
}

function findAccount(): Account {
  const uid = process.getuid?.() ?? -1
  try {
    return { username: userInfo().username, uid }
  } catch {
    // Containers run under numbers that no list of users has.
    return { username: `uid-${uid}`, uid }
  }
}

const account = findAccount()

export const by = nameOperator(account, process.env.SUDO_USER)

/** Who can run commands here may administer everything. */
export const operator: Administrator = {
  type: 'administrator',
  name: by,
  ...namePerson(account, process.env.SUDO_USER),
}
