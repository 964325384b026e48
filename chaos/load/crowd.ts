/** People who log in repeatedly, all at the same time, until they are stopped. */

import { setTimeout as pause } from 'node:timers/promises'
import { approve } from './approval.ts'
import { enterApp, refreshOn, showWithdrawn } from './apps.ts'
import {
  chooseRecovery,
  enterCode,
  enterPassword,
  type Load,
  logOut,
  look,
  readCodeApp,
} from './login.ts'
import type { Person } from './people.ts'

export interface Crowd {
  /** Waits until no request is running. */
  settle(): Promise<void>
  resume(): void
  /** Waits until all have finished what they do. Interrupted work was counted. */
  stop(): Promise<void>
}

export function startCrowd(
  load: Load,
  people: readonly Person[],
  renewPhone: () => Promise<Person>,
): Crowd {
  let isOver = false
  const { gate, count } = load
  async function work(first: Person): Promise<void> {
    let person = first
    while (!isOver) {
      await gate.pass()
      if (isOver) return
      try {
        if (person.phone === undefined) await logInOnce(load, person)
        else if (!(await approve(load, person))) person = await renewPhone()
      } catch (error) {
        count(`broken off: ${describeError(error)}`)
        // Wait a little, in case no server listens.
        await pause(20)
      }
      await pause(load.pause)
    }
  }
  const crowd = people.map(work)
  return {
    settle: () => gate.close(people.length),
    resume: () => gate.open(),
    async stop() {
      isOver = true
      gate.open()
      await Promise.all(crowd)
    },
  }
}

/** The reason of a failed request is in the cause of its error. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { cause } = error
  const reason = cause instanceof Error && 'code' in cause ? ` ${cause.code}` : ''
  return `${error.message.split('\n')[0]?.slice(0, 100)}${reason}`
}

/** The time step in which each person last used the code app. */
const lastSteps = new WeakMap<Person, number>()
const step = 30_000

async function logInOnce(load: Load, person: Person): Promise<void> {
  const { choices, sessions } = load
  const before = sessions.length
  const now = Math.floor(load.readClock() / step)
  // After a clock was set back, no code is accepted until its time comes again.
  if ((lastSteps.get(person) ?? 0) < now) await useCodeApp(load, person, now)
  else await usePaper(load, person)
  const session = sessions.slice(before).find(({ owner }) => owner === person)
  if (session === undefined) return
  await load.gate.pass()
  const token = choices.isTrue(0.7) ? await enterApp(load, session) : undefined
  const last = token && (await refreshOn(load, token))
  await load.gate.pass()
  await look(load, session)
  if (!choices.isTrue(0.4)) return
  const outcome = await logOut(load, session)
  await look(load, session)
  if (outcome === 'done' && last !== undefined) await showWithdrawn(load, last)
}

/** Uses one code in two browsers at once, or twice in a row: only one login may succeed. */
async function useCodeApp(load: Load, person: Person, now: number): Promise<void> {
  const { history, choices } = load
  const browsers = [await enterPassword(load, person)]
  if (choices.isTrue(0.3)) browsers.push(await enterPassword(load, person))
  const at = load.readClock()
  // A person waits for the next code if the current one is about to change.
  if (Math.floor((at + 2_000) / step) !== now) return
  lastSteps.set(person, now)
  const code = readCodeApp(person, at)
  const lapsesAt = performance.now() + (now + 1) * step - at
  const thing = history.addIssued(`code ${now} of the app of ${person.username}`, { lapsesAt })
  const outcomes = await Promise.all(browsers.map((one) => enterCode(load, one, { code, thing })))
  if (!outcomes.includes('unknown') && !choices.isTrue(0.2)) return
  await load.gate.pass()
  await enterCode(load, await enterPassword(load, person), { code, thing })
}

async function usePaper(load: Load, person: Person): Promise<void> {
  const { choices, gate } = load
  const { codes, usedCodes } = person
  const openPage = async () => await chooseRecovery(await enterPassword(load, person))
  const pages = [await openPage()]
  if (choices.isTrue(0.2)) pages.push(await openPage())
  const used = choices.isTrue(0.15) ? choices.pick(usedCodes) : undefined
  const paper = used ?? codes.shift()
  if (paper === undefined) {
    load.count('people without a code')
    await pause(1_000)
    return
  }
  const { text: code, thing } = paper
  const outcomes = await Promise.all(pages.map((page) => enterCode(load, page, { code, thing })))
  if (!usedCodes.includes(paper)) usedCodes.push(paper)
  if (!outcomes.includes('unknown')) return
  await gate.pass()
  await enterCode(load, await openPage(), { code, thing })
}
