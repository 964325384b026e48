/**
 * Which members each of many groups has, in a bounded memory. A group is known by its size: when there are too many of about the
 * same size, the one that was not added to for longest is forgotten. So a flood of new groups removes other new ones, and never
 * one that has more members: an attacker who wants to remove one has to fill thousands of the same size.
 */

export interface Addition {
  /** What is counted; each kind has groups of its own. */
  readonly kind: string
  readonly of: string
  readonly member: string
  /** How many members the kind looks for. */
  readonly limit: number
}

export interface SprayGroups {
  /** `true` for the addition with which the group is full: once, its members are forgotten then. */
  add(addition: Addition): boolean
  /** How many members are in memory. */
  size(): number
}

/** Of one member, for each kind. Of twice as many members half as many groups are kept. */
const smallestGroups = 4096
const fewestGroups = 32
/** How many full groups are remembered, so that they are not counted again. */
const maxFull = 10_000

type Groups = Map<string, Set<string>>

export function createSprayGroups(): SprayGroups {
  const kinds = new Map<string, Groups[]>()
  const full = new Set<string>()

  /** The groups of a kind, those of 2ⁿ up to 2ⁿ⁺¹ - 1 members at n. */
  function findSizes(kind: string, limit: number): Groups[] {
    const sizes = kinds.get(kind) ?? Array.from({ length: findLevel(limit) + 1 }, newGroups)
    kinds.set(kind, sizes)
    return sizes
  }

  return {
    add({ kind, of, member, limit }) {
      const name = `${kind} ${of}`
      if (full.has(name)) return false
      const sizes = findSizes(kind, limit)
      const before = sizes.find((groups) => groups.has(of))
      const members = before?.get(of) ?? new Set<string>()
      before?.delete(of)
      members.add(member)
      if (members.size >= limit) {
        if (full.size < maxFull) full.add(name)
        return true
      }
      const level = findLevel(members.size)
      const groups = sizes[level]
      groups?.set(of, members)
      if (groups !== undefined)
        forgetOldest(groups, Math.max(fewestGroups, smallestGroups >> level))
      return false
    },
    size: () =>
      [...kinds.values()]
        .flat()
        .flatMap((groups) => [...groups.values()])
        .reduce((sum, members) => sum + members.size, 0),
  }
}

const newGroups = (): Groups => new Map()

const findLevel = (size: number): number => Math.floor(Math.log2(size))

function forgetOldest(groups: Groups, most: number): void {
  const [oldest] = groups.keys()
  if (groups.size > most && oldest !== undefined) groups.delete(oldest)
}
