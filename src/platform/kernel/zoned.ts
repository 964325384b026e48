/** Times for operators, as the clocks of a time zone show them: always with a full date, and in an order that sorts. */

export interface Zone {
  /** IANA name. */
  readonly name: string
  /** For example `2026-12-03 08:02:11`. @param at milliseconds since the epoch */
  stamp(at: number): string
  /** For example `08:02`. */
  clock(at: number): string
  /** Reads a time such as `2026-12-03T08:02`, of this zone unless it names an offset. `undefined`: it is no time. */
  parse(text: string): number | undefined
}

export function createZone(name: string): Zone {
  // The Swedish form is that of ISO 8601.
  const format = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: name, dateStyle: 'short', timeStyle: 'medium' },
  })
  const stamp = (at: number) => format.format(at)
  /** What its clocks show, as if it were a time in UTC. */
  const read = (at: number) => Date.parse(`${stamp(at).replace(' ', 'T')}Z`)
  return {
    name,
    stamp,
    clock: (at) => stamp(at).slice(11, 16),
    parse(text) {
      const [, date, time, offset] =
        /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
      if (date === undefined) return undefined
      const at = Date.parse(`${date}T${time}${offset ?? 'Z'}`)
      if (Number.isNaN(at)) return undefined
      if (offset !== undefined) return at
      // The second step is for a change of the clocks between the two.
      const near = at - (read(at) - at)
      return near - (read(near) - at)
    },
  }
}

const inUtc = /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z/g

/** Replaces each time in UTC in a sentence, with seconds where it has them. */
export function showInZone(sentence: string, zone: Zone): string {
  return sentence.replace(inUtc, (text, rest?: string) => {
    const at = Date.parse(text)
    return Number.isNaN(at) ? text : zone.stamp(at).slice(0, rest === undefined ? 16 : 19)
  })
}
