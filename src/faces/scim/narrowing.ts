/**
 * Which part of a filter an index can answer: the users whom it leaves include all that satisfy the filter. For groups: the
 * members whom a filter names.
 */
import type { Narrowing } from '../../identity/provisioning/users.ts'
import type { Comparison, Filter } from './filter.ts'

/** The most questions to an index for one filter. */
const mostAlternatives = 20

/** Every user who satisfies the filter satisfies one of these. `undefined`: no index answers the filter. */
export function findAlternatives(filter: Filter): readonly Narrowing[] | undefined {
  switch (filter.type) {
    case 'and':
    case 'or':
      return combine(filter.type, findAlternatives(filter.left), findAlternatives(filter.right))
    case 'some':
      return filter.path.name.toLowerCase() === 'emails' ? narrowEmails(filter.filter) : undefined
    case 'compare': {
      const { path, operator, value } = filter
      if (operator !== 'eq' || typeof value !== 'string') return undefined
      return narrow(`${path.name}${path.part === undefined ? '' : `.${path.part}`}`, value)
    }
    default:
      return undefined
  }
}

type Alternatives = readonly Narrowing[] | undefined

function combine(type: 'and' | 'or', left: Alternatives, right: Alternatives): Alternatives {
  if (left === undefined || right === undefined) return type === 'and' ? (left ?? right) : undefined
  if (type === 'and') return left.length <= right.length ? left : right
  const all = [...left, ...right]
  return all.length > mostAlternatives ? undefined : all
}

function narrow(name: string, value: string): readonly Narrowing[] | undefined {
  switch (name.toLowerCase()) {
    case 'id':
      return [{ id: value }]
    case 'username':
      return [{ username: value }]
    case 'externalid':
      return [{ externalId: value }]
    case 'emails':
    case 'emails.value':
      return narrowAddress(value)
    default:
      return undefined
  }
}

/** Databases differ in the lower case of other letters, and no address here has them. */
function narrowAddress(value: string): readonly Narrowing[] | undefined {
  return /^[\x20-\x7e]+$/.test(value) ? [{ email: value.toLowerCase() }] : undefined
}

/** The filter of a value, as in `emails[type eq "work" and value eq "…"]`. */
function narrowEmails(filter: Filter): readonly Narrowing[] | undefined {
  if (filter.type === 'and') return narrowEmails(filter.left) ?? narrowEmails(filter.right)
  if (filter.type !== 'compare' || filter.operator !== 'eq') return undefined
  const { path, value } = filter
  const isValue = path.name.toLowerCase() === 'value' && typeof value === 'string'
  return isValue ? narrowAddress(value) : undefined
}

const nothing: ReadonlySet<string> = new Set()

/**
 * The ids with which a filter of groups compares members. No other member decides about a group, so only these need to be
 * read. `undefined`: the filter compares members in other ways too.
 */
export function findNamedMembers(filter: Filter): ReadonlySet<string> | undefined {
  switch (filter.type) {
    case 'and':
    case 'or': {
      const [left, right] = [findNamedMembers(filter.left), findNamedMembers(filter.right)]
      return left && right && left.union(right)
    }
    case 'not':
      return findNamedMembers(filter.filter)
    default:
      return isNamed(filter.path.name, 'members') ? readMembers(filter) : nothing
  }
}

type OfMembers = Exclude<Filter, { readonly type: 'and' | 'or' | 'not' }>

function readMembers(filter: OfMembers): ReadonlySet<string> | undefined {
  if (filter.type === 'present') return undefined
  if (filter.type === 'compare') {
    const { path, operator } = filter
    const isOne = operator === 'eq' || operator === 'ne'
    return isOne && isNamed(path.part ?? 'value', 'value') ? readMember(filter) : undefined
  }
  const { filter: inner } = filter
  const isOne = inner.type === 'compare' && inner.operator === 'eq'
  return isOne && isNamed(inner.path.name, 'value') ? readMember(inner) : undefined
}

const isNamed = (name: string, wanted: string) => name.toLowerCase() === wanted

/** A text that is no id is that of no member. */
function readMember({ value }: Comparison): ReadonlySet<string> | undefined {
  if (typeof value !== 'string') return undefined
  return /^[\w-]{1,100}$/.test(value) ? new Set([value]) : nothing
}
