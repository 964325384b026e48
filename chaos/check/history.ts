/**
 * What clients saw of things that are valid once: each request that issued, spent, looked at or withdrew one, with its begin,
 * its end and its outcome. Owns the record; whether it can have happened is judged in linearizable.ts.
 */

/**
 * `spend`: uses it up. `look`: uses it and leaves it, such as a page that is opened with a session. `withdraw`: ends it, such as
 * a logout.
 */
export type Act = 'issue' | 'spend' | 'look' | 'withdraw'

/** `refused`: the server said that it is not valid. `unknown`: the answer was lost, so it may have happened or not. */
export type Outcome = 'done' | 'refused' | 'unknown'

export interface Operation {
  readonly act: Act
  readonly outcome: Outcome
  /** Milliseconds of one clock that never goes back. */
  readonly begin: number
  /** Infinity where the outcome is unknown: it may happen any time later. */
  readonly end: number
}

/**
 * `once`: a spend is final. `regainable`: where a spend was not answered, its client may spend it
 * again, until it was refused once. A refresh token is so, and an approval that a browser waits for.
 */
export type ThingKind = 'once' | 'regainable'

export interface Thing {
  readonly name: string
  readonly kind: ThingKind
  /** From then on a refusal says nothing: its lifetime may have ended. */
  readonly lapsesAt: number
  readonly operations: Operation[]
}

export interface History {
  /** A new thing, not issued yet. */
  add(name: string, options?: { readonly kind?: ThingKind; readonly lapsesAt?: number }): Thing
  /** One that was there before the first request. */
  addIssued(
    name: string,
    options?: { readonly kind?: ThingKind; readonly lapsesAt?: number },
  ): Thing
  /**
   * Runs a request and notes it. `undefined` from the work: the server did not judge, as when it asks to wait; nothing is noted. An
   * error is an answer that was lost.
   */
  run(
    thing: Thing,
    act: Act,
    work: () => Promise<Outcome | undefined>,
  ): Promise<Outcome | undefined>
  /** Notes what another request has shown. */
  note(thing: Thing, operation: Omit<Operation, 'end'> & { readonly end?: number }): void
  /** Things with operations since the last call. */
  takeTouched(): readonly Thing[]
  readonly things: readonly Thing[]
  countOperations(): number
}

export function createHistory(now: () => number): History {
  const things: Thing[] = []
  const touched = new Set<Thing>()
  let operations = 0

  function note(thing: Thing, operation: Omit<Operation, 'end'> & { readonly end?: number }): void {
    const end = operation.outcome === 'unknown' ? Number.POSITIVE_INFINITY : operation.end
    thing.operations.push({ ...operation, end: end ?? now() })
    touched.add(thing)
    operations += 1
  }

  const add: History['add'] = (
    name,
    { kind = 'once', lapsesAt = Number.POSITIVE_INFINITY } = {},
  ) => {
    const thing = { name, kind, lapsesAt, operations: [] }
    things.push(thing)
    return thing
  }

  return {
    things,
    add,
    addIssued(name, options) {
      const thing = add(name, options)
      note(thing, { act: 'issue', outcome: 'done', begin: -1, end: 0 })
      return thing
    },
    async run(thing, act, work) {
      const begin = now()
      const outcome = await work().catch((): Outcome => 'unknown')
      if (outcome !== undefined) note(thing, { act, outcome, begin })
      return outcome
    },
    note,
    takeTouched() {
      const list = [...touched]
      touched.clear()
      return list
    },
    countOperations: () => operations,
  }
}
