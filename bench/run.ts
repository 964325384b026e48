// Goes through the figures one after the other. A figure is printed and kept as soon as it is measured, so that a run that is
// cut short has not been for nothing.

import { type Figure, formatTable } from './figure.ts'

/** Measures once, or yields the figures of each part as soon as the part is measured. */
export type Measure = () => Promise<Figure[]> | AsyncIterable<Figure[]>

export type Run = {
  /** Resolves with whether everything could be measured, after it has printed all figures as one table. */
  measureAll: () => Promise<boolean>
  /** Prints what was measured so far, and says what was not. */
  cutShort: () => Promise<void>
}

export const createRun = (options: {
  measures: readonly (readonly [name: string, measure: Measure])[]
  /** Writes all figures so far where they outlive the run. */
  keep: (figures: readonly Figure[]) => Promise<void>
  print: (text: string) => void
  say: (text: string) => void
  /** Milliseconds. */
  now: () => number
}): Run => {
  const { measures, keep, print, say, now } = options
  const figures: Figure[] = []
  const begin = now()
  let at = 0
  let hasPart = false
  let isWhole = true

  const add = async (measured: Figure[]): Promise<void> => {
    if (measured.length === 0) return
    hasPart = true
    figures.push(...measured)
    print(`${formatTable(measured)}\n`)
    await keep(figures)
  }

  const measureOne = async (measure: Measure): Promise<void> => {
    const measured = measure()
    if (measured instanceof Promise) return await add(await measured)
    for await (const part of measured) await add(part)
  }

  return {
    async measureAll() {
      for (const [name, measure] of measures) {
        hasPart = false
        const minutes = ((now() - begin) / 60_000).toFixed(1)
        say(`${at + 1} of ${measures.length}: ${name}${at === 0 ? '' : `, after ${minutes} min`}`)
        try {
          await measureOne(measure)
        } catch (error) {
          // If one figure cannot be measured, the others still are.
          isWhole = false
          say(`${name} could not be measured: ${error instanceof Error ? error.stack : error}`)
        }
        at += 1
      }
      if (measures.length > 1) print(`All figures:\n${formatTable(figures)}`)
      say(`took ${((now() - begin) / 60_000).toFixed(1)} min`)
      return isWhole
    },
    async cutShort() {
      const [current, ...others] = measures.slice(at).map(([name]) => name)
      const rest = [hasPart ? `the rest of ${current}` : current, ...others].join(', ')
      print(`Cut short. All figures so far:\n${formatTable(figures)}`)
      await keep(figures)
      say(`not measured: ${rest}`)
    },
  }
}
