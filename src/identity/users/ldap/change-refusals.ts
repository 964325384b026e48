/**
 * Why Active Directory refuses a new password. It says only that one of its rules forbids it, so the rules are read. Owns
 * which reason is certain.
 */
import type { Client } from 'ldapts'
import type { ChangeRefusal } from '../directory.ts'
import type { AskedChange } from './dialect.ts'
import { readNumber, readText } from './entry.ts'

interface PasswordRule {
  /** Milliseconds. */
  readonly minAge: number
  readonly minLength: number
}

/** `ERROR_INVALID_PASSWORD` ([MS-ERREF] 2.2): the old password is another one. */
const wrongOld = /^0*56:/

/** @param text of the refusal */
export async function explainChangeRefusal(
  client: Client,
  text: string,
  { person: { entry, state }, password, current, now }: AskedChange,
): Promise<ChangeRefusal> {
  if (wrongOld.test(text)) return 'current'
  // A reset is not refused because of the history or the age.
  if (current === undefined) return 'policy'
  // Samba names the rule.
  if (/already used/i.test(text)) return 'history'
  if (/too young/i.test(text)) return 'too_young'
  if (/too short|complex/i.test(text)) return 'policy'
  const policy = readText(entry, 'msDS-ResultantPSO')
  const rule = await readRule(client, policy).catch(() => undefined)
  if (rule === undefined) return 'policy_or_history'
  const { passwordChangedAt } = state
  const isYoung = passwordChangedAt !== undefined && passwordChangedAt + rule.minAge > now
  if (isYoung) return 'too_young'
  return [...password].length < rule.minLength ? 'policy' : 'policy_or_history'
}

async function readRule(
  client: Client,
  policy: string | undefined,
): Promise<PasswordRule | undefined> {
  const [dn, age, length] =
    policy === undefined
      ? [await findDomain(client), 'minPwdAge', 'minPwdLength']
      : [policy, 'msDS-MinimumPasswordAge', 'msDS-MinimumPasswordLength']
  const attributes = [age, length]
  const { searchEntries } = await client.search(dn, { scope: 'base', attributes })
  const [entry] = searchEntries
  if (entry === undefined || readText(entry, length) === undefined) return undefined
  const minAge = Number(-readNumber(entry, age) / 10_000n)
  return { minAge, minLength: Number(readNumber(entry, length)) }
}

export async function findDomain(client: Client): Promise<string> {
  const attributes = ['defaultNamingContext']
  const { searchEntries } = await client.search('', { scope: 'base', attributes })
  const [root] = searchEntries
  return (root && readText(root, attributes[0] ?? '')) ?? ''
}
