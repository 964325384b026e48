/**
 * Checks whether a directory can be used as configured: each server with the bind account, the searches, and whether
 * lock-outs can be prevented. Owns the findings, which are English sentences for an operator. Writes nothing to the
 * directory, and tries no password except that of the bind account.
 */
import type { Client, Entry } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import { activeDirectory } from './active-directory.ts'
import { createConnections, isLdapError } from './connections.ts'
import type { Dialect } from './dialect.ts'
import { readText } from './entry.ts'
import type { Ldap } from './open-connection.ts'
import { openLdap } from './openldap.ts'
import { bindNameAttributes, createPersonFilter, isBindAccount } from './person-filter.ts'
import { explainResult, LimitReached, searchAll } from './result-codes.ts'
import type { ConnectionOptions } from './server.ts'

export interface DirectoryFinding {
  /** `failed`: some people, or all, cannot log in. `warning`: something else is wrong. */
  readonly type: 'ok' | 'warning' | 'failed'
  /** A sentence without its full stop. */
  readonly text: string
}

/** Never throws because of an answer of the directory, or because it does not answer. */
export async function checkDirectory(options: ConnectionOptions): Promise<DirectoryFinding[]> {
  const { config } = options
  const servers = await Promise.all(config.servers.map((url) => checkServer(options, url)))
  const answering = servers.find(({ type }) => type === 'ok')
  if (answering === undefined) return servers
  return [...servers, ...(await checkContent(options, answering.url))]
}

interface ServerFinding extends DirectoryFinding {
  readonly url: string
}

async function checkServer(options: ConnectionOptions, url: string): Promise<ServerFinding> {
  const { bind_name: name = '' } = options.config
  try {
    await withServer(options, url, async () => undefined)
    return {
      url,
      type: 'ok',
      text: `${url} is encrypted, has a certificate that is trusted, and lets ${name} in`,
    }
  } catch (error) {
    return { url, type: 'failed', text: `${url}: ${describeError(error)}` }
  }
}

async function checkContent(options: ConnectionOptions, url: string): Promise<DirectoryFinding[]> {
  const { config } = options
  const dialect = config.kind === 'active_directory' ? activeDirectory : openLdap
  return await withServer(options, url, async (client, ldap) => {
    const base = await checkBase(client, ldap, 'base', config.base ?? '')
    const groups =
      config.group_base === undefined
        ? []
        : [await checkBase(client, ldap, 'group_base', config.group_base)]
    if (base.type === 'failed') return [base, ...groups]
    return [
      ...[base, ...groups, ...(await checkPeople(client, ldap, config, dialect))],
      ...(groups.every(({ type }) => type === 'ok')
        ? await checkLimits(client, ldap, config, dialect)
        : []),
    ]
  }).catch((error: unknown) => [
    { type: 'failed', text: `${url}: ${describeAnswer(error)}` } as const,
  ])
}

async function withServer<Result>(
  options: ConnectionOptions,
  url: string,
  work: (client: Client, ldap: Ldap) => Promise<Result>,
): Promise<Result> {
  const config = { ...options.config, servers: [url] }
  const connections = createConnections({ ...options, config })
  try {
    return await connections.run(work)
  } finally {
    await connections.close()
  }
}

async function checkBase(
  client: Client,
  ldap: Ldap,
  key: string,
  dn: string,
): Promise<DirectoryFinding> {
  try {
    const { searchEntries } = await client.search(dn, { scope: 'base', attributes: ['1.1'] })
    if (searchEntries.length > 0) return { type: 'ok', text: `${key} ${dn} is there` }
  } catch (error) {
    if (!(error instanceof ldap.ResultCodeError)) throw error
    if (error instanceof ldap.InvalidDNSyntaxError)
      return { type: 'failed', text: `${key} ${dn} is not the name of an entry (DN)` }
    if (!(error instanceof ldap.NoSuchObjectError))
      return { type: 'failed', text: `${key} ${dn}: ${describeAnswer(error)}` }
  }
  return { type: 'failed', text: `${key} ${dn} is not there, or bind_name may not read it` }
}

/** Checks whether everything that a login needs can be read about one person, who stands as an example for all. */
async function checkPeople(
  client: Client,
  ldap: Ldap,
  config: DirectoryConfig,
  dialect: Dialect,
): Promise<DirectoryFinding[]> {
  const person = await findAnybody(client, ldap, config, dialect)
  if (person === undefined) {
    const filter = config.people_filter
    const which = filter === undefined ? '' : ` and whom people_filter ${filter} has`
    const text = `below base ${config.base} there is nobody whom bind_name may read${which}`
    return [{ type: 'failed', text }]
  }
  const username = config.username_attribute ?? dialect.usernameAttribute
  const missing = [dialect.entryId, username].filter((name) => !hasValue(person, name))
  if (missing.length > 0) {
    const text = `bind_name may not read ${missing.join(' and ')} of ${person.dn}, without which nobody gets in`
    return [{ type: 'failed', text }]
  }
  const found = `people are found, for example ${person.dn}`
  const who =
    config.people_filter === undefined
      ? 'every person below base may log in, except bind_name itself: people_filter can say who may'
      : `people_filter ${config.people_filter} says who may log in, and bind_name itself may not`
  return [
    { type: 'ok', text: found },
    { type: 'ok', text: who },
    await checkLockout(client, ldap, { config, dialect, person }),
    ...(await checkWriting(client, ldap, { config, dialect, person })),
  ]
}

async function findAnybody(
  client: Client,
  ldap: Ldap,
  config: DirectoryConfig,
  dialect: Dialect,
): Promise<Entry | undefined> {
  const username = config.username_attribute ?? dialect.usernameAttribute
  const { searchEntries } = await client.search(config.base ?? '', {
    scope: 'sub',
    filter: new ldap.AndFilter({
      filters: [
        createPersonFilter(config, dialect, ldap),
        new ldap.PresenceFilter({ attribute: username }),
      ],
    }),
    attributes: [
      ...new Set([dialect.entryId, username, ...bindNameAttributes, ...dialect.attributes]),
    ],
    explicitBufferAttributes: [...dialect.binaryAttributes],
    // One of the two may be the bind account.
    sizeLimit: 2,
  })
  return searchEntries.find((entry) => !isBindAccount(config, entry))
}

const hasValue = (entry: Entry, name: string): boolean => readText(entry, name) !== undefined

interface Example {
  readonly config: DirectoryConfig
  readonly dialect: Dialect
  readonly person: Entry
}

async function checkWriting(
  client: Client,
  ldap: Ldap,
  { config, dialect, person }: Example,
): Promise<DirectoryFinding[]> {
  if (!config.write_passwords) return []
  if (await dialect.maySetPassword(client, ldap, person))
    return [{ type: 'ok', text: `bind_name may set passwords, for example that of ${person.dn}` }]
  const text = `write_passwords is true, but bind_name may not set the password of ${person.dn}: no page offers it`
  return [{ type: 'warning', text }]
}

async function checkLockout(
  client: Client,
  ldap: Ldap,
  { config, dialect, person }: Example,
): Promise<DirectoryFinding> {
  const { lockout_threshold: configured } = config
  const read = configured ?? (await dialect.findLockoutRule(client, ldap, person))?.threshold
  if (read === undefined) {
    const text =
      'after how many wrong passwords an account is locked cannot be read: set lockout_threshold, else anybody who knows a name can lock it'
    return { type: 'warning', text }
  }
  if (read === 0) return { type: 'ok', text: 'wrong passwords lock no account' }
  return { type: 'ok', text: `${read} wrong passwords lock an account, and Einlass stops before` }
}

/** The groups of a large company; a search through more would only cost time. */
const mostGroups = 5000

/** What the server does not give: more groups than its limit, and what is on other servers. */
async function checkLimits(
  client: Client,
  ldap: Ldap,
  { base = '', group_base, bind_name: name = '' }: DirectoryConfig,
  { isGroup, groupLimitAdvice }: Dialect,
): Promise<DirectoryFinding[]> {
  const elsewhere = await listReferences(client, base, ldap)
  const references: DirectoryFinding[] =
    elsewhere.length === 0
      ? []
      : [
          {
            type: 'warning',
            text: `below base some people may be on other servers, which are not asked: ${elsewhere.join(', ')}. Name them as a directory of their own`,
          },
        ]
  if (isGroup === undefined) return references
  try {
    const options = { filter: isGroup(ldap), attributes: ['1.1'] }
    await searchAll(client, group_base ?? base, options, mostGroups)
    return references
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    const advice = groupLimitAdvice?.(name)
    const text = `${error.message}, and there are more groups: a person in more groups cannot log in. Better: ${advice}`
    return [...references, { type: 'warning', text }]
  }
}

/** The parts of a domain in which there are no people. */
const withoutPeople = /\/(?:dc=(?:domaindnszones|forestdnszones)|cn=configuration|cn=schema),/i

async function listReferences(client: Client, base: string, ldap: Ldap): Promise<string[]> {
  const { searchReferences } = await client.search(base, {
    // Nobody has it, so that only the references come.
    filter: new ldap.EqualityFilter({ attribute: 'objectClass', value: 'einlassNobody' }),
    attributes: ['1.1'],
  })
  return searchReferences.filter((url) => !withoutPeople.test(url)).slice(0, 5)
}

/** The reason in the words of result-codes.ts, if the directory has answered. */
const describeAnswer = (error: unknown): string =>
  isLdapError(error) ? explainResult(error).text : describeError(error)

const describeError = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim()
