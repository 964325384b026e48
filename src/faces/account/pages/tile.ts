/** The mark of an app: its picture, the drawing of its template, or its initials on a colour. */
import type { Foreseen } from '../../../login/decision/foresight.ts'
import { type Html, html, trustedHtml } from '../../../platform/ui/html.ts'

/** An app as its user sees it. */
export interface AppTile {
  readonly id: string
  readonly name: string
  readonly href: string
  /** What the login will ask for. */
  readonly foreseen?: Foreseen
  /** Milliseconds since the epoch; absent: not used recently. */
  readonly lastUsedAt?: number
  /** Strokes on a field of 24 by 24, drawn by us. */
  readonly drawing?: string
  /** The address of a picture that an operator chose. */
  readonly pictureUrl?: string
}

const colours = 8

/** Decoration only: the name is beside it. */
export function renderMark({
  name,
  drawing,
  pictureUrl,
}: Pick<AppTile, 'name' | 'drawing' | 'pictureUrl'>): Html {
  if (pictureUrl !== undefined) {
    return html`<span class="mark picture"><img src="${pictureUrl}" alt="" width="40" height="40"></span>`
  }
  const colour = `mark c${pickColour(name)}`
  if (drawing !== undefined) {
    return html`<span class="${colour}" aria-hidden="true"><svg viewBox="0 0 24 24" width="24" height="24" focusable="false">${trustedHtml(drawing)}</svg></span>`
  }
  return html`<span class="${colour}" aria-hidden="true">${findInitials(name)}</span>`
}

/** The same name always gets the same colour. */
function pickColour(name: string): number {
  let sum = 7
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 65_521
  return sum % colours
}

/** The first characters, as people see them, of the first two words without a small initial, or else of the first two words. */
export function findInitials(name: string): string {
  const words = name
    .trim()
    .split(/[\s_/-]+/u)
    .filter((word) => word !== '')
  const capital = words.filter((word) => !/^\p{Ll}/u.test(word))
  return (capital.length === 0 ? words : capital)
    .slice(0, 2)
    .map((word) => firstCharacter(word).toLocaleUpperCase())
    .join('')
}

function firstCharacter(word: string): string {
  const { value } = new Intl.Segmenter().segment(word)[Symbol.iterator]().next()
  return value?.segment ?? ''
}
