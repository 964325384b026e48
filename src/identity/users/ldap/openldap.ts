/**
 * OpenLDAP, with the overlay ppolicy if present (draft-behera-ldap-password-policy). The state of an account is in a
 * control of the bind answer and in operational attributes; a password is changed with RFC 3062.
 */
import type { Client, Entry, Filter } from 'ldapts'
import type { ChangeRefusal } from '../directory.ts'
import type { BindAnswer } from './connections.ts'
import type { AccountLock, Dialect, FoundGroup, GroupSearch, LockoutRule } from './dialect.ts'
import { readOwnName } from './dn.ts'
import { parseGeneralizedTime, readFlag, readNumber, readText, readTexts } from './entry.ts'
import type { Ldap } from './open-connection.ts'
import { searchAll } from './result-codes.ts'

/** This time in `pwdAccountLockedTime` means that an administrator has locked the account permanently. */
const lockedForGood = '000001010000Z'

/** `error` of the control. */
const policyError = { expired: 0, locked: 1, mustChange: 2 } as const
const changeRefusals: Readonly<Record<number, ChangeRefusal>> = {
  5: 'policy',
  6: 'policy',
  7: 'too_young',
  8: 'history',
}

const constraintViolation = 19
const unwilling = 53
const insufficientAccess = 50
const passwordModify = '1.3.6.1.4.1.4203.1.11.1'

export const openLdap: Dialect = {
  entryId: 'entryUUID',
  usernameAttribute: 'uid',
  accountAttribute: 'uid',
  loginAttributes: ['uid', 'mail'],
  assignedNames: ['uid'],
  takesEarlierPasswords: false,
  policyAttribute: 'pwdPolicySubentry',
  attributes: [
    ...['pwdFailureTime', 'pwdAccountLockedTime', 'pwdPolicySubentry'],
    ...['pwdChangedTime', 'pwdReset', 'pwdStartTime', 'pwdEndTime'],
  ],
  furtherAttributes: [],
  binaryAttributes: [],
  appAttributes: {
    givenName: 'givenName',
    familyName: 'sn',
    phone: 'telephoneNumber',
    mobile: 'mobile',
    title: 'title',
    department: 'departmentNumber',
    organization: 'o',
    employeeNumber: 'employeeNumber',
  },

  isPerson: ({ EqualityFilter, OrFilter }) =>
    new OrFilter({
      filters: ['person', 'account', 'posixAccount'].map(
        (value) => new EqualityFilter({ attribute: 'objectClass', value }),
      ),
    }),

  readEntryId: (entry) => readText(entry, 'entryUUID')?.toLowerCase(),
  hasEntryId: ({ EqualityFilter }, value) => new EqualityFilter({ attribute: 'entryUUID', value }),

  readState(entry, rule, now) {
    const failures = listFailures(entry, rule, now)
    const locked = readText(entry, 'pwdAccountLockedTime')
    const changed = readText(entry, 'pwdChangedTime')
    return {
      refusal:
        locked === lockedForGood
          ? 'disabled'
          : isOutOfTime(entry, now)
            ? 'account_expired'
            : undefined,
      failures: failures.length,
      failedAt: failures.length === 0 ? undefined : Math.max(...failures),
      lock: locked === undefined ? undefined : readLock(locked, rule.duration, now),
      passwordExpiresAt: undefined,
      passwordChangedAt: changed === undefined ? undefined : parseGeneralizedTime(changed),
      mustChange: readFlag(entry, 'pwdReset'),
    }
  },

  async findPasswordTime(client, { dn }) {
    const attributes = ['pwdChangedTime']
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes })
    const [entry] = searchEntries
    return parseGeneralizedTime((entry && readText(entry, 'pwdChangedTime')) ?? '')
  },

  judge(answer: BindAnswer) {
    const { error } = answer.policy
    if (answer.type === 'bound') return error === policyError.mustChange ? 'must_change' : 'right'
    if (error === policyError.expired) return 'expired'
    return error === policyError.locked ? 'locked' : 'wrong'
  },

  /** Only a bind shows when the password expires. */
  judgeEntry: (entry) => (readFlag(entry, 'pwdReset') ? 'must_change' : 'right'),

  async findLockoutRule(client, _ldap, entry) {
    const policy = readText(entry, 'pwdPolicySubentry')
    if (policy === undefined) return undefined
    const attributes = [
      ...['pwdLockout', 'pwdMaxFailure', 'pwdFailureCountInterval', 'pwdLockoutDuration'],
    ]
    const { searchEntries } = await client
      .search(policy, { scope: 'base', attributes })
      .catch(() => ({ searchEntries: [] }))
    const [read] = searchEntries
    if (read === undefined) return undefined
    const interval = Number(readNumber(read, 'pwdFailureCountInterval')) * 1000
    const duration = Number(readNumber(read, 'pwdLockoutDuration')) * 1000 || undefined
    // Without an interval OpenLDAP never forgets wrong passwords, but unlocks the account after the duration. So Einlass
    // waits no longer than that.
    const window = interval || duration
    return {
      threshold: readFlag(read, 'pwdLockout') ? Number(readNumber(read, 'pwdMaxFailure')) : 0,
      ...{ isUntilRight: interval === 0, duration },
      ...(window !== undefined && { window }),
    }
  },

  isGroup: (ldap) => isGroup(ldap),
  groupLimitAdvice: (name) =>
    `allow it more in slapd: limits dn.exact="${name}" size.soft=unlimited size.hard=unlimited size.prtotal=unlimited`,
  listGroups,
  listFurtherAttributes: () => new Map(),

  async setPassword(client, ldap, { person: { dn }, password, current }) {
    const control = new ldap.PasswordPolicyControl()
    try {
      await client.exop(passwordModify, encodeChange(dn, password, current), control)
    } catch (error) {
      if (!(error instanceof ldap.ResultCodeError)) throw error
      // Only a wrong old password gives this.
      if (current !== undefined && error.code === unwilling && control.value?.error === undefined)
        return 'current'
      if (error.code !== constraintViolation) throw error
      return changeRefusals[control.value?.error ?? -1] ?? 'policy'
    }
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: ['pwdReset'] })
    const [entry] = searchEntries
    // When anybody but the owner sets a password, pwdMustChange makes the owner choose yet another one.
    if (entry === undefined || !readFlag(entry, 'pwdReset')) return undefined
    const modification = new ldap.Attribute({ type: 'pwdReset', values: [] })
    await client.modify(dn, new ldap.Change({ operation: 'delete', modification }))
    return undefined
  },

  async maySetPassword(client, ldap, { dn }) {
    const modification = new ldap.Attribute({ type: 'userPassword', values: [impossible] })
    try {
      await client.modify(dn, new ldap.Change({ operation: 'delete', modification }))
      return true
    } catch (error) {
      if (!(error instanceof ldap.ResultCodeError)) throw error
      return error.code !== insufficientAccess
    }
  },
}

/** No password has this value, which is no hash of a known kind. */
const impossible = '{einlass}'

/** Times of the wrong passwords that are not forgotten: milliseconds since the epoch. */
function listFailures(
  entry: Entry,
  { window, isUntilRight = false }: LockoutRule,
  now: number,
): number[] {
  const all = readTexts(entry, 'pwdFailureTime').flatMap((text) => parseGeneralizedTime(text) ?? [])
  const recent = all.filter((at) => at > now - window)
  return isUntilRight && recent.length > 0 ? all : recent
}

function readLock(
  text: string,
  duration: number | undefined,
  now: number,
): AccountLock | undefined {
  const at = parseGeneralizedTime(text)
  if (at === undefined || duration === undefined) return { until: undefined }
  return at + duration > now ? { until: at + duration } : undefined
}

/** Whether the account is not yet valid or no longer valid. A bind then says that it is locked. */
function isOutOfTime(entry: Entry, now: number): boolean {
  const read = (name: string) => parseGeneralizedTime(readText(entry, name) ?? '')
  return (
    now < (read('pwdStartTime') ?? now) || now >= (read('pwdEndTime') ?? Number.POSITIVE_INFINITY)
  )
}

/** PasswdModifyRequestValue of RFC 3062: who, the old password if it is known, and the new one. */
function encodeChange(dn: string, password: string, current: string | undefined): Buffer {
  const old = current === undefined ? [] : [encodeField(0x81, current)]
  const content = Buffer.concat([encodeField(0x80, dn), ...old, encodeField(0x82, password)])
  return Buffer.concat([Buffer.from([0x30]), encodeLength(content.length), content])
}

function encodeField(tag: number, text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8')
  return Buffer.concat([Buffer.from([tag]), encodeLength(bytes.length), bytes])
}

/** BER, X.690 8.1.3. */
function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length])
  return length < 0x100
    ? Buffer.from([0x81, length])
    : Buffer.from([0x82, length >> 8, length & 0xff])
}

/** Nested groups are searched level by level, at most to this depth; a circle of groups ends. */
const deepest = 10

async function listGroups(
  client: Client,
  ldap: Ldap,
  { entry, base, isNested }: GroupSearch,
): Promise<FoundGroup[]> {
  const groups = new Map<string, FoundGroup>()
  let members = [entry.dn]
  let filters = listMemberships(ldap, members, listAccountNames(entry))
  for (let level = 0; level < deepest && filters.length > 0; level += 1) {
    const isMember = new ldap.OrFilter({ filters })
    const filter = new ldap.AndFilter({ filters: [isGroup(ldap), isMember] })
    const searched = await searchAll(client, base, { filter, attributes: ['1.1'] })
    const found = searched.filter(({ dn }) => !groups.has(dn.toLowerCase()))
    // Anybody who may write to the group can add values of cn, but not change the one in its DN.
    for (const { dn } of found) groups.set(dn.toLowerCase(), { dn, name: readOwnName(dn, 'cn') })
    members = isNested ? found.map(({ dn }) => dn) : []
    filters = listMemberships(ldap, members, [])
  }
  return [...groups.values()]
}

const groupClasses = [
  ...['groupOfNames', 'groupOfUniqueNames', 'groupOfMembers', 'groupOfEntries', 'posixGroup'],
]

const isGroup = ({ EqualityFilter, OrFilter }: Ldap): Filter =>
  new OrFilter({
    filters: groupClasses.map((value) => new EqualityFilter({ attribute: 'objectClass', value })),
  })

/** The `uid` in the DN of the entry, or else the only `uid`: a second one could be another person's account. */
function listAccountNames(entry: Entry): string[] {
  const own = readOwnName(entry.dn, 'uid')
  if (own !== undefined) return [own]
  const all = readTexts(entry, 'uid')
  return all.length === 1 ? all : []
}

/** Groups that have one of these as a member: by DN, or by `uid` in POSIX groups. */
function listMemberships(
  { EqualityFilter }: Ldap,
  dns: readonly string[],
  uids: readonly string[],
): Filter[] {
  return [
    ...dns.flatMap((value) =>
      ['member', 'uniqueMember'].map((attribute) => new EqualityFilter({ attribute, value })),
    ),
    ...uids.map((value) => new EqualityFilter({ attribute: 'memberUid', value })),
  ]
}
