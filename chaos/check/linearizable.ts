/**
 * Decides whether the history of one thing is possible: is there an order of its operations, each taking effect at one moment
 * between its begin and its end, in which every outcome is that of a register that is spent once? The algorithm of Wing and
 * Gong, which remembers the states that it has seen (Lowe), so that no part is searched twice. Judging each thing separately is
 * enough: a history is linearizable when the history of each of its objects is (Herlihy and Wing).
 */
import type { Operation, Thing } from './history.ts'

/** `unanswered`: spent, but no client has received the result. */
type State = 'absent' | 'fresh' | 'unanswered' | 'spent' | 'withdrawn'

export interface Violation {
  readonly thing: Thing
  /** The reason in words, as far as it can be found without a search. */
  readonly reason: string
}

/** `undefined`: the history is possible. */
export function findViolation(thing: Thing): Violation | undefined {
  return isLinearizable(thing) ? undefined : { thing, reason: explain(thing) }
}

export function isLinearizable(thing: Thing): boolean {
  // An unanswered look changes nothing and shows nothing.
  const operations = thing.operations
    .filter(({ act, outcome }) => !(act === 'look' && outcome === 'unknown'))
    .toSorted((a, b) => a.begin - b.begin)
  const answered = operations.filter(({ outcome }) => outcome !== 'unknown').length
  const seen = new Set<string>()

  function search(state: State, done: bigint, left: number): boolean {
    if (left === 0) return true
    const key = `${state} ${done}`
    if (seen.has(key)) return false
    seen.add(key)
    const open = operations.flatMap((operation, index) =>
      (done & (1n << BigInt(index))) === 0n ? [{ operation, index }] : [],
    )
    // An operation that began after another one ended comes after that one.
    const firstEnd = Math.min(...open.map(({ operation }) => operation.end))
    return open.some(({ operation, index }) => {
      if (operation.begin > firstEnd) return false
      const next = apply(thing, state, operation)
      const isAnswered = operation.outcome !== 'unknown'
      return (
        next !== undefined &&
        search(next, done | (1n << BigInt(index)), left - (isAnswered ? 1 : 0))
      )
    })
  }

  return search('absent', 0n, answered)
}

/** The state after an operation takes effect; `undefined`: this outcome is impossible. */
function apply(thing: Thing, state: State, operation: Operation): State | undefined {
  const { act, outcome } = operation
  if (outcome === 'refused') return refuse(thing, state, operation)
  switch (act) {
    case 'issue':
      return state === 'absent' ? 'fresh' : undefined
    case 'withdraw':
      return 'withdrawn'
    case 'look':
      return state === 'fresh' ? state : undefined
    case 'reopen':
      return thing.kind === 'regainable' && state === 'spent' ? 'unanswered' : state
    case 'spend':
      return outcome === 'done' ? spend(thing, state) : spendUnanswered(thing, state)
  }
}

function spend({ kind }: Thing, state: State): State | undefined {
  if (state === 'fresh') return 'spent'
  return kind === 'regainable' && state === 'unanswered' ? 'spent' : undefined
}

function spendUnanswered({ kind }: Thing, state: State): State {
  if (state === 'fresh') return kind === 'regainable' ? 'unanswered' : 'spent'
  if (kind === 'regainable' && state === 'spent') return 'withdrawn'
  return state
}

function refuse(thing: Thing, state: State, { act, end }: Operation): State | undefined {
  if (act === 'issue' || act === 'withdraw') return state
  if (state === 'fresh') return end >= thing.lapsesAt ? state : undefined
  // A repeated use of a spent token ends its family.
  if (act === 'spend' && thing.kind === 'regainable' && state === 'unanswered') return 'withdrawn'
  return state
}

const isEnd = (act: Operation['act']): boolean => act === 'spend' || act === 'withdraw'

function explain({ operations }: Thing): string {
  const done = (act: Operation['act']) =>
    operations.filter((one) => one.act === act && one.outcome === 'done')
  if (done('spend').length > 1) return 'it was spent more than once'
  const withdrawn = Math.min(...done('withdraw').map(({ end }) => end))
  const isUsed = ({ act, outcome, begin }: Operation) =>
    (act === 'spend' || act === 'look') && outcome === 'done' && begin > withdrawn
  if (operations.some(isUsed)) return 'it was good after it had been withdrawn'
  if (!operations.some(({ act, outcome }) => isEnd(act) && outcome !== 'refused'))
    return 'it was acknowledged and is not there'
  return 'its outcomes fit no order'
}

/** Each operation as a line, in the order of their begins; then the same for what the thing was given for. */
export function describeHistory({ operations, from }: Thing): string[] {
  const show = (at: number) => (Number.isFinite(at) ? at.toFixed(1) : '?')
  const lines = operations
    .toSorted((a, b) => a.begin - b.begin)
    .map(({ act, outcome, begin, end }) => `${show(begin)}..${show(end)} ${act}: ${outcome}`)
  return from === undefined ? lines : [...lines, `from ${from.name}`, ...describeHistory(from)]
}
