/**
 * How Einlass meets a requirement of ASVS 5.0 of level 1 or 2. The words are ours; only the numbers are from the standard. A
 * test is named as `file: title`, without the suffix of the engine, and with an ellipsis for each expression.
 */

export type Outcome = 'tested' | 'documented' | 'operator' | 'excluded' | 'untested' | 'unmet'

export interface Requirement {
  readonly id: string
  /** What the requirement asks for, in at most ten words. */
  readonly about: string
  readonly outcome: Outcome
  /** For `documented` a page with its heading; otherwise a sentence in Markdown. */
  readonly note?: string
  readonly tests: readonly string[]
}

export interface Chapter {
  readonly title: string
  readonly requirements: readonly Requirement[]
}

/** The tests fail when the requirement is not met. */
export function tested(id: string, about: string, ...tests: readonly string[]): Requirement {
  return { id, about, outcome: 'tested', tests }
}

/** The standard asks for documentation, and it is in this section. */
export function documented(id: string, about: string, note: string): Requirement {
  return { id, about, outcome: 'documented', note, tests: [] }
}

/** Only the operator can meet it. The note links to what has to be done. */
export function operator(id: string, about: string, note: string): Requirement {
  return { id, about, outcome: 'operator', note, tests: [] }
}

/** Einlass has nothing that the requirement applies to. */
export function excluded(id: string, about: string, note: string): Requirement {
  return { id, about, outcome: 'excluded', note, tests: [] }
}

/** The code does it, and no test would fail without it. */
export function untested(id: string, about: string, note: string): Requirement {
  return { id, about, outcome: 'untested', note, tests: [] }
}

/** Something is missing, as the note says. The tests show the part that is met. */
export function unmet(
  id: string,
  about: string,
  note: string,
  ...tests: readonly string[]
): Requirement {
  return { id, about, outcome: 'unmet', note, tests }
}
