/**
 * Records what clients saw of things that are valid once: each request that issued, spent, looked at or withdrew one, with its
 * begin, end and outcome. Owns the record; linearizable.ts judges whether it is possible.
 */

/**
 * `spend`: uses it up. `look`: uses it and leaves it, such as a page that is opened with a session. `withdraw`: ends it, such
 * as a logout. `reopen`: its server has ended, so the server's answer may be lost.
 */
export type Act = 'issue' | 'spend' | 'look' | 'withdraw' | 'reopen'

/** `refused`: the server said that it is not valid. `unknown`: the answer was lost, so it may have happened or not. */
export type Outcome = 'done' | 'refused' | 'unknown'

export interface Operation {
  readonly act: Act
  readonly outcome: Outcome
  /** Milliseconds of one clock that never goes back. */
  readonly begin: number
  /** Infinity if the outcome is unknown: it may take effect any time later. */
  readonly end: number
}

/**
 * `once`: a spend is final. `regainable`: if a spend was not answered, or its server has ended since, the client may spend it
 * again, until it is refused once. Examples: a refresh token, and an approval that a browser waits for.
 */
export type ThingKind = 'once' | 'regainable'

export interface Thing {
  readonly name: string
  readonly kind: ThingKind
  /** From then on a refusal proves nothing, because the lifetime may have ended. */
  lapsesAt: number
  /** What it was given for, such as the code of a refresh token. */
  readonly from?: Thing | undefined
  readonly operations: Operation[]
}

export interface ThingOptions {
  readonly kind?: ThingKind
  readonly from?: Thing
  /** Absent: it does not expire during the checks. */
  readonly lapsesAt?: number
}

export interface History {
  /** Adds a new thing that is not issued yet. */
  add(name: string, options?: ThingOptions): Thing
  /** Adds a thing that existed before the first request. */
  addIssued(name: string, options?: ThingOptions): Thing
  /** Drops checked operations. Clients continue with the things that they have. */
  forget(): void
  /** Notes that a server is about to end: regainable things that were used recently may be spent again. */
  reopen(): void
  /** Notes that a clock has jumped, so that things may have expired at once. */
  lapse(at: number): void
  /**
   * Runs a request and notes it. `undefined` from the work: the server did not decide, for example because it asks to wait;
   * nothing is noted. An error means a lost answer.
   */
  run(
    thing: Thing,
    act: Act,
    work: () => Promise<Outcome | undefined>,
  ): Promise<Outcome | undefined>
  /** Notes what another request has shown about a thing. */
  note(thing: Thing, operation: Omit<Operation, 'end'> & { readonly end?: number }): void
  /** Things with operations since the last call. */
  takeTouched(): readonly Thing[]
  readonly things: readonly Thing[]
  countOperations(): number
}

/** Milliseconds for which a token is valid again after its server has ended, with a margin. */
const lately = 90_000

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
    { kind = 'once', lapsesAt = Number.POSITIVE_INFINITY, from } = {},
  ) => {
    const thing = { name, kind, lapsesAt, from, operations: [] }
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
    forget() {
      things.length = 0
    },
    reopen() {
      const begin = now()
      for (const thing of things) {
        const last = thing.operations.at(-1)
        const isLately = last !== undefined && last.act !== 'reopen' && last.begin > begin - lately
        if (thing.kind === 'regainable' && isLately)
          note(thing, { act: 'reopen', outcome: 'unknown', begin })
      }
    },
    lapse(at) {
      for (const thing of things) {
        if (Number.isFinite(thing.lapsesAt)) thing.lapsesAt = Math.min(thing.lapsesAt, at)
      }
    },
    takeTouched() {
      const list = [...touched]
      touched.clear()
      return list
    },
    countOperations: () => operations,
  }
}
