/**
 * Finds mistakes that no section can find alone: two sections that contradict each other, a missing file, a rule with parts
 * that have no effect. Reads the unchecked tree, so that these are reported together with all other mistakes.
 */
import type { ReadFile } from './environment.ts'
import type { Path } from './fields.ts'
import type { Tree } from './file.ts'
import { foundText, type Mistake, type Origin } from './mistakes.ts'
import { parseSection } from './parse.ts'
import type { Config } from './schema.ts'

type Make = (path: Path, found: string, allowed: string) => Mistake

/** Reports nothing more about a section that already has mistakes of its own. */
export function findConflicts(tree: Tree, nameOrigin: (path: Path) => Origin): Mistake[] {
  const make: Make = (path, found, allowed) => ({
    path: writePath(path),
    ...nameOrigin(path),
    found,
    allowed,
  })
  return [
    ...portConflict(tree, make),
    ...repeatedGroups(tree, make),
    ...kerberosConflicts(tree, make),
    ...missingReceivers(tree, make),
    ...secondKeySource(tree, make),
  ]
}

function secondKeySource(tree: Tree, make: Make): Mistake[] {
  if (tree.key_file === undefined || tree.key_source === undefined) return []
  return [make(['key_source'], 'a second source', 'key_file or key_source')]
}

const writePath = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  )

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::'

function portConflict(tree: Tree, make: Make): Mistake[] {
  const listen = parseSection(tree, 'listen')
  const metrics = parseSection(tree, 'metrics')
  if (listen === undefined || metrics === undefined || metrics.port === 0) return []
  const isSameHost = listen.host === metrics.host || isAny(listen.host) || isAny(metrics.host)
  if (listen.port !== metrics.port || !isSameHost) return []
  return [make(['metrics', 'port'], `${metrics.port}`, 'another port than listen.port has')]
}

function repeatedGroups(tree: Tree, make: Make): Mistake[] {
  const policy = parseSection(tree, 'default_policy')
  const names = (policy?.groups ?? []).map(({ group }) => group)
  return names.flatMap((name, at) => {
    const path = ['default_policy', 'groups', at, 'group']
    const allowed = 'each group once; the first group of a user applies'
    return names.indexOf(name) < at ? [make(path, foundText(name, path), allowed)] : []
  })
}

function missingReceivers(tree: Tree, make: Make): Mistake[] {
  const audit = parseSection(tree, 'audit')
  const events = parseSection(tree, 'events')
  if (audit === undefined || events === undefined) return []
  const known = [
    ...Object.entries(events).flatMap(([name, one]) => (one === undefined ? [] : [name])),
    ...audit.receivers.map(({ name }) => name),
  ]
  return audit.heads.receivers.flatMap((name, at) => {
    const path = ['audit', 'heads', 'receivers', at]
    const allowed = 'syslog or webhook, if it is configured in events, or a name of audit.receivers'
    return known.includes(name) ? [] : [make(path, foundText(name, path), allowed)]
  })
}

/** Tickets need an external directory with their users, and without encryption they could be copied. */
function kerberosConflicts(tree: Tree, make: Make): Mistake[] {
  const kerberos = parseSection(tree, 'kerberos')
  const directories = parseSection(tree, 'directories')
  if (kerberos === undefined || directories === undefined) return []
  const names = directories.filter(({ kind }) => kind !== 'local').map(({ name }) => name)
  const unknown = kerberos.realms.flatMap(({ directory }, at) => {
    if (names.includes(directory)) return []
    const path = ['kerberos', 'realms', at, 'directory']
    const allowed = 'the name of a directory that is not local'
    return [make(path, foundText(directory, path), allowed)]
  })
  const address = parseSection(tree, 'public_url')
  if (address === undefined || address.startsWith('https:')) return unknown
  const found = foundText(address, ['public_url'])
  return [...unknown, make(['public_url'], found, 'an https address, which kerberos needs')]
}

/** Checks the logo as a server reads it. The schema reports a value that is not a path. */
export function logoMistakes(
  tree: Tree,
  readFile: ReadFile,
  nameOrigin: (path: Path) => Origin,
): Mistake[] {
  const logo = typeof tree.brand === 'object' ? (tree.brand as Tree | null)?.logo : undefined
  if (typeof logo !== 'string' || !/\.(svg|png)$/i.test(logo)) return []
  try {
    readFile(logo)
    return []
  } catch {
    const found = `${JSON.stringify(logo)}, which cannot be read`
    const allowed = 'the path of a .svg or .png file'
    return [{ path: 'brand.logo', ...nameOrigin(['brand', 'logo']), found, allowed }]
  }
}

/**
 * Parts of a rule that are allowed but hardly intended.
 * @param now milliseconds since the epoch
 */
export function findIdleParts({ default_policy: policy }: Config, now: number): string[] {
  const today = new Date(now).toISOString().slice(0, 10)
  const { groups = [], ...general } = policy
  const rules = [{ at: 'default_policy', ...general }]
  const ofGroups = groups.map((rule, at) => ({
    at: `default_policy.groups[${at}]`,
    ...rule,
    decline: rule.decline ?? general.decline,
  }))
  return [...rules, ...ofGroups].flatMap(({ at, skipUntil, decline, declineDays }) => [
    ...(skipUntil !== undefined && skipUntil < today
      ? [`${at}.skip_until: ${skipUntil} is in the past, so nobody may defer the enrolment`]
      : []),
    ...(declineDays !== undefined && !decline
      ? [`${at}.decline_days does nothing without decline: true, except for apps with --decline`]
      : []),
  ])
}

/** Rules of the first second factor that nobody can meet as they are meant. */
export function findUnnamedNetworks({ default_policy: policy, networks }: Config): string[] {
  const { groups = [], ...general } = policy
  const named = [general, ...groups].some(({ firstFactor }) => firstFactor === 'network')
  if (!named || networks.some(({ enrolment }) => enrolment)) return []
  return [
    'default_policy.first_factor: no network has enrolment: true, so a first second factor is enrolled only by an invitation or a code from the service desk',
  ]
}

/** Warns of proxies that are whole parts of the internet: each client there can claim any address. */
export function findWideProxies({ trusted_proxies: ranges }: Config): string[] {
  const wide = ranges.filter((range) => {
    const [address = '', bits = ''] = range.split('/')
    return Number(bits) < (address.includes(':') ? 16 : 8)
  })
  if (wide.length === 0) return []
  return [
    `trusted_proxies: ${wide.join(', ')} lets nearly every client claim any address, which defeats rate limits, networks and the addresses in the audit log; name only the proxies`,
  ]
}

/** Warns where the rules for operators are used, and their accounts in Einlass are only guessed. */
export function findUnknownOperators({ service_desk: desk }: Config): string[] {
  const isUsed = desk.two_people_groups.length > 0 || desk.verify_caller === 'required'
  if (!isUsed || desk.operators.length > 0) return []
  return [
    'service_desk.operators is empty: an operator is taken for the user who is named like the account of the operating system, so one with another name could give a pass to themselves; root without sudo could be anybody',
  ]
}
