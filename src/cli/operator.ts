/** Who runs a command, for the audit log: as the operating system and sudo report it, which root can change at will. */
import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Administrator } from '../identity/operations/actor.ts'
import { cutText, escapeControls } from '../platform/kernel/text.ts'

interface Account {
  readonly username: string
  readonly uid: number
}

/**
 * Who used sudo to enter the account; empty: nobody. Believed only for root: in other accounts a person can set any variable,
 * and root can do everything anyway.
 */
const findSudoUser = ({ uid }: Account, sudoUser = ''): string => (uid === 0 ? sudoUser : '')

/** `cli:alice`; `cli:root,sudo:alice` if sudo names the person. Each name is cut to 64 characters. */
export function nameOperator(account: Account, variable: string | undefined): string {
  const name = (text: string) => escapeControls(cutText(text, 64))
  const sudoUser = findSudoUser(account, variable)
  const behind = sudoUser === '' ? '' : `,sudo:${name(sudoUser)}`
  return `cli:${name(account.username)}${behind}`
}

/** The user ids of people on Linux (`UID_MIN` and `UID_MAX` of login.defs); all others belong to services. */
const people = { first: 1000, last: 60_000 }

/** Who entered an account by sudo, and the owners of the server's files. */
export interface Surroundings {
  readonly sudoUser: string | undefined
  readonly serverOwners: readonly number[]
}

/**
 * Names the person behind an account. `root` may be anybody, unless sudo names the person. A person's own account is that
 * person. The account of a service, of a container or of the server itself may be anybody, and so may an account that was
 * entered by sudo.
 */
export function namePerson(
  account: Account,
  { sudoUser, serverOwners }: Surroundings,
): { readonly person?: string } {
  const { username, uid } = account
  if (uid === 0) return sudoUser && sudoUser !== 'root' ? { person: sudoUser } : {}
  const isOwn = uid >= people.first && uid <= people.last && !username.startsWith('uid-')
  const isShared = Boolean(sudoUser) || serverOwners.includes(uid)
  return isOwn && !isShared ? { person: username } : {}
}

function findAccount(): Account {
  const uid = process.getuid?.() ?? -1
  try {
    return { username: userInfo().username, uid }
  } catch {
    // Containers run under user ids without a name.
    return { username: `uid-${uid}`, uid }
  }
}

const account = findAccount()

export const by = nameOperator(account, process.env.SUDO_USER)

/** A person who can run commands here may administer everything. */
export const operator: Administrator = { type: 'administrator', name: by }

/**
 * The operator with the person behind it, for rules that need two.
 * @param files of the server: an account that owns one of them belongs to the server, not to a person
 */
export function identifyOperator(files: readonly string[]): Administrator {
  const owners = files.map((file) => statSync(file, { throwIfNoEntry: false })?.uid)
  const serverOwners = owners.filter((uid) => uid !== undefined)
  return { ...operator, ...namePerson(account, { sudoUser: process.env.SUDO_USER, serverOwners }) }
}
