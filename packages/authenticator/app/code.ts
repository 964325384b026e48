/** The one-time code of an account: shown only on demand, so that nobody reads it over the owner's shoulder. */
import type { Account } from '../device/account.ts'
import { computeCode } from '../device/codes.ts'
import type { App } from './app.ts'
import { makeCopy } from './copy.ts'
import { make } from './dom.ts'
import { makeButton } from './parts.ts'

export interface ShownCode {
  readonly element: HTMLElement
  isOpen(): boolean
  stop(): void
}

/** @param isOpen whether the code is shown at once, because it was shown before the screen was rebuilt */
export function makeCode(
  { words }: App,
  { id, codes, clockOffset }: Account,
  isOpen: boolean,
): ShownCode {
  const shown = make('p', { class: 'code' })
  const left = make('small', {})
  const ring = makeRing()
  const copyWords = { label: words.copyCode, done: words.copiedCode, failed: words.copyFailed }
  const copy = makeCopy(copyWords, () => (shown.textContent ?? '').replace(/\s/g, ''))
  const row = make(
    'div',
    { class: 'code-row', hidden: true },
    ring.element,
    make('div', {}, shown, left),
    copy.button,
    copy.status,
  )
  copy.button.id = `copy-${id}`
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = async () => {
    if (codes === undefined) return
    const { code, left: seconds } = await computeCode(codes, Date.now() + clockOffset)
    const half = code.length / 2
    const text = `${code.slice(0, half)} ${code.slice(half)}`
    if (shown.textContent !== text) {
      shown.textContent = text
      copy.status.textContent = ''
    }
    left.textContent = words.codeFor(seconds)
    ring.set(seconds / codes.period)
  }
  const toggle = () => {
    row.hidden = !row.hidden
    button.textContent = row.hidden ? words.showCode : words.hideCode
    button.setAttribute('aria-expanded', String(!row.hidden))
    clearInterval(timer)
    if (row.hidden) return
    timer = setInterval(tick, 1000)
    void tick()
  }
  const button = makeButton(words.showCode, toggle, 'quiet')
  button.id = `code-${id}`
  button.setAttribute('aria-expanded', 'false')
  if (isOpen) toggle()
  return {
    isOpen: () => !row.hidden,
    element: make('div', { class: 'codes' }, button, row),
    stop: () => clearInterval(timer),
  }
}

/** The remaining time as a part of a circle. The text beside it has the seconds. */
function makeRing(): { readonly element: SVGElement; set(part: number): void } {
  const space = 'http://www.w3.org/2000/svg'
  const element = document.createElementNS(space, 'svg')
  element.setAttribute('class', 'ring')
  element.setAttribute('viewBox', '0 0 24 24')
  element.setAttribute('aria-hidden', 'true')
  const [ground, rest] = ['ground', 'rest'].map((name) => {
    const circle = document.createElementNS(space, 'circle')
    for (const [key, value] of Object.entries({ cx: 12, cy: 12, r: 9, pathLength: 1, class: name }))
      circle.setAttribute(key, String(value))
    element.append(circle)
    return circle
  })
  ground?.setAttribute('stroke-dasharray', '1')
  return { element, set: (part) => rest?.setAttribute('stroke-dasharray', `${part} 1`) }
}
