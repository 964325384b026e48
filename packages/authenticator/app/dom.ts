/** Makes elements. Inserts text only as text, so nothing from a server becomes markup. */

type Child = Node | string | undefined | false

/**
 * @param attributes `on…` are listeners, `true` sets an attribute without a value, `undefined` and `false` omit it
 * @example make('button', { type: 'button', class: 'quiet', onclick: leave }, words.back)
 */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | number | boolean | undefined | (() => void)>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice(2), value)
    else if (value === true) element.setAttribute(key, '')
    else if (value !== undefined && value !== false) element.setAttribute(key, String(value))
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

/** Moves the focus to the heading of a new screen, so that a screen reader continues there. */
export function focusHeading(screen: HTMLElement): void {
  const heading = screen.querySelector('h1')
  heading?.setAttribute('tabindex', '-1')
  heading?.focus()
}

/** An icon of the sheet in the page. */
export function makeIcon(name: string): SVGElement {
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS(space, 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.append(use)
  return svg
}
