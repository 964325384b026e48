/**
 * Who waits in a fair queue, and in which order. Owns the places: who gets one, who loses one to whom, and who comes next.
 * Knows no time: fair-queue.ts says how many places there are. Part of fair-queue.ts.
 */
import {
  addTo,
  createShare,
  insert,
  remove,
  removeLast,
  type Waiter as ShareWaiter,
  takeFirst,
} from './fair-share.ts'
import type { Fault } from './fault.ts'

/**
 * The networks of an unknown client, the widest first, each one inside the one before. `background`: jobs, operators and
 * other systems, for which no browser waits.
 */
export type Caller = readonly string[] | 'background'

export interface PlaceOptions {
  /** Absent: a known caller. */
  readonly from?: Caller | undefined
  /** For known callers: the part of all places that may be taken before this one; absent: all. */
  readonly part?: number
}

export interface Waiter extends ShareWaiter {
  go(): void
  refuse(fault: Fault): void
}

export interface LineOptions {
  /** How many may wait now. */
  countPlaces(): number
  /** The part of the places that known callers do not lose to others, nor others to them; of 1. */
  readonly reserved: number
  /** The places are as many as get their turn in time. Otherwise they are a number. */
  readonly isTimed: boolean
  /** Tells a waiter that has lost its place, or has got none. */
  refuse(waiter: Waiter): void
}

/** One of so many turns is for the others, if one of them waits, however many known callers wait. */
const turnsPerOther = 4
/** One of so many turns is for the background; the known callers give it up. */
const turnsPerBackground = 8
const backgroundTurn = 2
/** The weight of the latest turn in the part of the turns that the others get. */
const turnWeight = 1 / 16
/** How far the line may be over its places before those who wait lose one: their number is only an estimate. */
const tolerance = 1.25

export function createLine({ countPlaces, reserved, isTimed, refuse }: LineOptions) {
  const known: Waiter[] = []
  const others = createShare<Waiter>()
  const background: Waiter[] = []
  let turns = 0
  /** Of the turns at which some of the others waited, the part that they got. */
  let partOfOthers = 1

  const countReserved = () => Math.floor(reserved * countPlaces())

  function countPlacesOfOthers(): number {
    const places = countPlaces()
    const free = places - Math.max(countReserved(), known.length)
    // With fewer turns than the known callers they would wait longer for the same places.
    return Math.max(0, isTimed ? Math.min(free, Math.ceil(places * partOfOthers)) : free)
  }

  function dismiss(waiter: Waiter | undefined): void {
    if (waiter !== undefined) refuse(waiter)
  }

  function joinOthers(waiter: Waiter, from: readonly string[]): void {
    addTo(others, from, waiter)
    if (others.size > countPlacesOfOthers()) dismiss(removeLast(others))
  }

  /** Takes the place of another caller if no place is free. */
  function joinKnown(waiter: Waiter, part: number): void {
    const places = countPlaces()
    const isFull = known.length + others.size >= places
    const mayTake = others.size > countReserved()
    if (part < 1 && known.length >= Math.floor(places * part)) {
      refuse(waiter)
      return
    }
    insert(known, waiter)
    if (isFull) dismiss(mayTake ? removeLast(others) : known.pop())
  }

  function joinBackground(waiter: Waiter): void {
    if (background.length < countReserved()) background.push(waiter)
    else refuse(waiter)
  }

  return {
    count: () => known.length + others.size + background.length,

    join(waiter: Waiter, { from, part = 1 }: PlaceOptions): void {
      if (from === undefined) joinKnown(waiter, part)
      else if (from === 'background') joinBackground(waiter)
      else joinOthers(waiter, from)
    },

    leave(waiter: Waiter, { from }: PlaceOptions): void {
      if (from === undefined) known.splice(known.indexOf(waiter), 1)
      else if (from === 'background') background.splice(background.indexOf(waiter), 1)
      else remove(others, from, waiter)
    },

    /** Takes the places of the latest, after the number of places has become smaller. */
    trim(): void {
      const places = countPlaces() * tolerance
      while (isTimed && known.length + others.size > places) {
        const isOther = others.size > countPlacesOfOthers() || known.length === 0
        dismiss(isOther ? removeLast(others) : known.pop())
      }
    },

    takeNext(): Waiter | undefined {
      turns += 1
      const isForBackground = turns % turnsPerBackground === backgroundTurn
      const first = isForBackground ? background.shift() : undefined
      if (first !== undefined) return first
      const isForOther = known.length === 0 || turns % turnsPerOther === 0
      if (others.size > 0) partOfOthers += ((isForOther ? 1 : 0) - partOfOthers) * turnWeight
      return (isForOther ? takeFirst(others) : undefined) ?? known.shift() ?? background.shift()
    },
  }
}
