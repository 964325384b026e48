/** Which part of a filter an index can answer: the users whom it leaves include all that satisfy the filter. */
import type { Narrowing } from '../../identity/provisioning/users.ts'
import type { Filter } from './filter.ts'

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
