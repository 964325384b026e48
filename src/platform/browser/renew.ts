/**
 * Brings a part of the page up to date, again and again while the server says after how many seconds, without moving the
 * reader. Without this script the page reloads itself.
 */
export function renew(): void {
  const part = document.querySelector<HTMLElement>('[data-renew]')
  if (part !== null) plan(part)

  function plan(box: HTMLElement): void {
    const after = Number(box.dataset.renew)
    if (after > 0) setTimeout(() => look(box), after * 1000)
  }

  async function look(box: HTMLElement): Promise<void> {
    const next = await load().catch(() => undefined)
    // The page has become another one, for example the way back to an app.
    if (next === null) return location.reload()
    if (next !== undefined) {
      box.dataset.renew = next.dataset.renew
      if (box.innerHTML !== next.innerHTML) box.replaceChildren(...next.childNodes)
    }
    plan(box)
  }

  async function load(): Promise<HTMLElement | null> {
    const answer = await fetch(location.href)
    const text = await answer.text()
    return new DOMParser().parseFromString(text, 'text/html').querySelector('[data-renew]')
  }
}
