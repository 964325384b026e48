/**
 * Active Directory, and Samba as its replacement. The state of an account is in the text of a refused bind, as `data 533`
 * ([MS-ERREF] 2.2); a password is the attribute `unicodePwd` ([MS-ADTS] 3.1.1.3.1.5).
 */
import type { Change, Client, Entry } from 'ldapts'
import type { ChangeRefusal } from '../directory.ts'
import { explainChangeRefusal, findDomain } from './change-refusals.ts'
import type { BindAnswer } from './connections.ts'
import type { Dialect, FoundGroup, GroupSearch, Judgement, LockoutRule } from './dialect.ts'
import { readBytes, readNumber, readText, readWindowsTime, writeSid } from './entry.ts'
import type { Ldap } from './open-connection.ts'
import { readVersion } from './replication-metadata.ts'

/** `userAccountControl`, [MS-ADTS] 2.2.16. */
const disabledFlag = 0x2n

/** Includes states that change by themselves, such as the end of a lock-out ([MS-ADTS] 3.1.1.4.5.17). */
const computedFlags = 'msDS-User-Account-Control-Computed'
const lockedFlag = 0x10n
const expiredFlag = 0x80_0000n

/** The id of `unicodePwd` in the replication metadata ([MS-DRSR] 5.16.4). */
const unicodePwdId = 0x9005a

const invalidCredentials = 49
const insufficientAccess = 50
/** constraintViolation, and unwillingToPerform, which Windows answers to some passwords that break its rules. */
const refusingCodes = [19, 53]

/** By the hexadecimal number after `data`. Any other number means a wrong password: 52e, 525 and unknown ones. */
const judgements: Readonly<Record<string, Judgement>> = {
  '533': { refusal: 'disabled' },
  '701': { refusal: 'account_expired' },
  '530': { refusal: 'outside_hours' },
  '531': { refusal: 'outside_hours' },
  '532': 'expired',
  '773': 'must_change',
  '775': 'locked',
}

export const activeDirectory: Dialect = {
  entryId: 'objectGUID',
  usernameAttribute: 'sAMAccountName',
  accountAttribute: 'sAMAccountName',
  loginAttributes: ['sAMAccountName', 'userPrincipalName', 'mail'],
  assignedNames: ['sAMAccountName', 'userPrincipalName'],
  takesEarlierPasswords: true,
  policyAttribute: 'msDS-ResultantPSO',
  attributes: [
    ...['userAccountControl', 'accountExpires', 'badPwdCount', 'badPasswordTime'],
    ...['pwdLastSet', 'msDS-UserPasswordExpiryTimeComputed', 'msDS-ResultantPSO'],
    ...['lockoutTime', 'logonHours', computedFlags, 'objectSid'],
  ],
  furtherAttributes: ['objectSid'],
  binaryAttributes: ['objectGUID', 'objectSid', 'tokenGroups', 'logonHours'],
  appAttributes: {
    givenName: 'givenName',
    familyName: 'sn',
    phone: 'telephoneNumber',
    mobile: 'mobile',
    title: 'title',
    department: 'department',
    organization: 'company',
    employeeNumber: 'employeeNumber',
    upn: 'userPrincipalName',
    samAccountName: 'sAMAccountName',
  },

  isPerson: ({ AndFilter, EqualityFilter, NotFilter }) =>
    new AndFilter({
      filters: [
        new EqualityFilter({ attribute: 'objectCategory', value: 'person' }),
        new EqualityFilter({ attribute: 'objectClass', value: 'user' }),
        new NotFilter({
          filter: new EqualityFilter({ attribute: 'objectClass', value: 'computer' }),
        }),
      ],
    }),

  readEntryId: (entry) => readBytes(entry, 'objectGUID')[0]?.toString('hex'),
  hasEntryId: ({ EqualityFilter }, id) =>
    new EqualityFilter({
      attribute: 'objectGUID',
      value: Buffer.from(id.replaceAll('-', ''), 'hex'),
    }),

  readState(entry, { window, duration }, now) {
    const expiresAt = readWindowsTime(entry, 'accountExpires')
    const failedAt = readWindowsTime(entry, 'badPasswordTime')
    const isRecent = failedAt !== undefined && failedAt + window > now
    const isLocked = (readNumber(entry, computedFlags) & lockedFlag) !== 0n
    const lockedAt = readWindowsTime(entry, 'lockoutTime')
    const isDisabled = (readNumber(entry, 'userAccountControl') & disabledFlag) !== 0n
    const isExpired = expiresAt !== undefined && expiresAt <= now
    return {
      refusal: isDisabled ? 'disabled' : isExpired ? 'account_expired' : undefined,
      failures: isRecent ? Number(readNumber(entry, 'badPwdCount')) : 0,
      failedAt: isRecent ? failedAt : undefined,
      lock: isLocked ? { until: lockedAt && duration && lockedAt + duration } : undefined,
      passwordExpiresAt: readWindowsTime(entry, 'msDS-UserPasswordExpiryTimeComputed'),
      passwordChangedAt: readWindowsTime(entry, 'pwdLastSet'),
      mustChange: mustChange(entry),
    }
  },

  judge(answer: BindAnswer) {
    if (answer.type === 'bound') return 'right'
    if (answer.code !== invalidCredentials) return 'wrong'
    const [, data = ''] = /\bdata ([0-9a-f]+)/i.exec(answer.text) ?? []
    return judgements[data.toLowerCase()] ?? 'wrong'
  },

  judgeEntry(entry, now) {
    if (!isWithinHours(readBytes(entry, 'logonHours')[0], now)) return { refusal: 'outside_hours' }
    if ((readNumber(entry, computedFlags) & expiredFlag) === 0n) return 'right'
    return mustChange(entry) ? 'must_change' : 'expired'
  },

  async findLockoutRule(client, _ldap, entry) {
    const policy = readText(entry, 'msDS-ResultantPSO')
    if (policy !== undefined) {
      const own = await readRule(client, policy, {
        threshold: 'msDS-LockoutThreshold',
        window: 'msDS-LockoutObservationWindow',
        duration: 'msDS-LockoutDuration',
      }).catch(() => undefined)
      if (own !== undefined) return own
    }
    return await readRule(client, await findDomain(client), {
      threshold: 'lockoutThreshold',
      window: 'lockOutObservationWindow',
      duration: 'lockoutDuration',
    })
  },

  listGroups,

  // Every account has one. Where it may not be read, no ticket fits.
  findAccountSid: (entry) => readSids(entry, 'objectSid')[0] ?? '',

  listFurtherAttributes(entry) {
    return new Map([
      ['sid', readSids(entry, 'objectSid')],
      ['groupSids', readSids(entry, 'tokenGroups')],
    ])
  },

  async findPasswordTime(client, { dn }) {
    const attributes = ['pwdLastSet']
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes })
    const [entry] = searchEntries
    return entry && readWindowsTime(entry, 'pwdLastSet')
  },

  async findPasswordVersion(client, { dn }) {
    const attributes = ['replPropertyMetaData']
    const { searchEntries } = await client.search(dn, {
      ...{ scope: 'base', attributes, explicitBufferAttributes: attributes },
    })
    const [entry] = searchEntries
    return entry && readVersion(readBytes(entry, 'replPropertyMetaData')[0], unicodePwdId)
  },

  async setPassword(client, ldap, asked) {
    const { person, password, current } = asked
    const { dn, state } = person
    const { ResultCodeError } = ldap
    const unicodePwd =
      current === undefined
        ? [changeValue(ldap, 'replace', password)]
        : // With the old value it is a change by its owner, to which all rules apply ([MS-ADTS] 3.1.1.3.1.5).
          [changeValue(ldap, 'delete', current), changeValue(ldap, 'add', password)]
    // A reset does not end a lock-out by itself. This attribute does, and sets badPwdCount to 0 ([MS-SAMR] 3.1.1.8.9).
    const lockoutTime = replaceValue(ldap, 'lockoutTime', '0')
    const isCounted = current === undefined && (state.failures > 0 || state.lock !== undefined)
    const set = async (changes: Change[]): Promise<ChangeRefusal | undefined> => {
      try {
        await client.modify(dn, changes)
        return undefined
      } catch (error) {
        if (!(error instanceof ResultCodeError)) throw error
        if (refusingCodes.includes(error.code))
          return await explainChangeRefusal(client, error.message, asked)
        if (error.code !== insufficientAccess || changes.length === unicodePwd.length) throw error
        // The bind account may have the right to reset passwords without the right to unlock. A new password for a locked
        // account is useless.
        return state.lock === undefined ? await set(unicodePwd) : 'locked'
      }
    }
    return await set(isCounted ? [...unicodePwd, lockoutTime] : unicodePwd)
  },

  async maySetPassword(client, ldap, { dn }) {
    try {
      // Without quotes it is a password nowhere ([MS-ADTS] 3.1.1.3.1.5).
      await client.modify(dn, replaceValue(ldap, 'unicodePwd', Buffer.from('"')))
      return true
    } catch (error) {
      if (!(error instanceof ldap.ResultCodeError)) throw error
      return error.code !== insufficientAccess
    }
  },
}

/** `pwdLastSet` 0: at the next login ([MS-ADA3] 2.175), except for a password that never expires. */
const readSids = (entry: Entry, name: string): string[] =>
  readBytes(entry, name).flatMap((bytes) => writeSid(bytes) ?? [])

const mustChange = (entry: Entry): boolean =>
  (readNumber(entry, computedFlags) & expiredFlag) !== 0n && readText(entry, 'pwdLastSet') === '0'

function changeValue(
  { Attribute, Change }: Ldap,
  operation: 'replace' | 'delete' | 'add',
  password: string,
) {
  const values = [encodePassword(password)]
  return new Change({ operation, modification: new Attribute({ type: 'unicodePwd', values }) })
}

function replaceValue({ Attribute, Change }: Ldap, type: string, value: string | Buffer) {
  const modification = new Attribute({ type, values: [value] as string[] | Buffer[] })
  return new Change({ operation: 'replace', modification })
}

/** One bit for each hour of a week in UTC, from Sunday on ([MS-ADA1] 2.375). Without them every hour is allowed. */
function isWithinHours(hours: Buffer | undefined, now: number): boolean {
  if (hours === undefined || hours.length === 0) return true
  const at = new Date(now)
  const hour = at.getUTCDay() * 24 + at.getUTCHours()
  return ((hours[hour >> 3] ?? 0) & (1 << (hour & 7))) !== 0
}

/** The attribute's form of a password: in quotes, in UTF-16. */
const encodePassword = (password: string): Buffer => Buffer.from(`"${password}"`, 'utf16le')

interface RuleNames {
  readonly threshold: string
  readonly window: string
  readonly duration: string
}

async function readRule(
  client: Client,
  dn: string,
  { threshold, window, duration }: RuleNames,
): Promise<LockoutRule | undefined> {
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    attributes: [threshold, window, duration],
  })
  const [entry] = searchEntries
  if (entry === undefined || readText(entry, threshold) === undefined) return undefined
  return {
    threshold: Number(readNumber(entry, threshold)),
    window: readSpan(entry, window),
    duration: readLockDuration(entry, duration),
  }
}

/** Reads a span, which is a negative number of 100 ns, as milliseconds. */
const readSpan = (entry: Entry, name: string): number => Number(-readNumber(entry, name) / 10_000n)

/** `undefined`: until an administrator unlocks the account, which is written as 0 or as the smallest number. */
function readLockDuration(entry: Entry, name: string): number | undefined {
  return readNumber(entry, name) === smallest ? undefined : readSpan(entry, name) || undefined
}

const smallest = -0x8000_0000_0000_0000n

/** `tokenGroups` has the groups that Windows itself uses: also nested ones and the primary one. */
async function listGroups(
  client: Client,
  ldap: Ldap,
  { entry, base, isNested }: GroupSearch,
): Promise<FoundGroup[]> {
  const { EqualityFilter } = ldap
  const filters = isNested
    ? await findNested(client, ldap, entry)
    : (await findDirect(client, entry)).map(
        (value) => new EqualityFilter({ attribute: 'distinguishedName', value }),
      )
  const groups: FoundGroup[] = []
  for (let at = 0; at < filters.length; at += groupsAtOnce) {
    const { searchEntries } = await client.search(base, {
      filter: new ldap.OrFilter({ filters: filters.slice(at, at + groupsAtOnce) }),
      attributes: ['sAMAccountName'],
    })
    groups.push(
      ...searchEntries.map((group) => ({ dn: group.dn, name: readText(group, 'sAMAccountName') })),
    )
  }
  return groups
}

const groupsAtOnce = 50

const toBytes = (value: string | Buffer): Buffer =>
  typeof value === 'string' ? Buffer.from(value, 'utf8') : value

/**
 * All values of an attribute. A domain controller gives only the first ones of many (`MaxValRange`), under a name such as
 * `memberOf;range=0-1499`; the last part has the end `*` ([MS-ADTS] 3.1.1.3.1.3.3).
 */
export async function readRanges(
  client: Pick<Client, 'search'>,
  dn: string,
  attribute: string,
): Promise<(string | Buffer)[]> {
  const all: (string | Buffer)[] = []
  for (let asked = attribute; ; ) {
    const { searchEntries } = await client.search(dn, {
      ...{ scope: 'base', attributes: [asked] },
      ...(attribute === 'tokenGroups' && { explicitBufferAttributes: [asked, attribute] }),
    })
    const [name = '', found = []] = findPart(searchEntries[0] ?? { dn }, attribute)
    all.push(...[found].flat())
    const [, end = '*'] = /;range=\d+-(\d+|\*)$/i.exec(name) ?? []
    if (end === '*') return all
    asked = `${attribute};range=${Number(end) + 1}-*`
  }
}

/** The attribute with values, or its part in a range. */
function findPart(entry: Entry, attribute: string) {
  const own = attribute.toLowerCase()
  const isPart = (name: string) => name === own || name.startsWith(`${own};range=`)
  const parts = Object.entries(entry).filter(
    ([name, values]) => isPart(name.toLowerCase()) && [values].flat().length > 0,
  )
  return parts.at(-1) ?? []
}

async function findDirect(client: Client, { dn }: Entry): Promise<string[]> {
  const values = await readRanges(client, dn, 'memberOf')
  return values.map((value) => (typeof value === 'string' ? value : value.toString('utf8')))
}

async function findNested(client: Client, { EqualityFilter }: Ldap, entry: Entry) {
  const sids = (await readRanges(client, entry.dn, 'tokenGroups')).map(toBytes)
  // Stored for listFurtherAttributes, which uses them as well.
  entry.tokenGroups = sids
  return sids.map((value) => new EqualityFilter({ attribute: 'objectSid', value }))
}
