/**
 * Updates a part of the page without moving the reader, repeatedly as long as the server gives a number of seconds. Without
 * this script the page reloads itself.
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
    // The server now answers with another page, for example one that leads back to an app.
    if (next === null) return location.reload()
    if (next !== undefined) {
      box.dataset.renew = next.dataset.renew
      if (box.innerHTML !== next.innerHTML) box.replaceChildren(...next.childNodes)
    }
    plan(box)
  }

  async function load(): Promise<HTMLElement | null> {
    const answer = await fetch(location.href, { headers: { renews: '1' } })
    const text = await answer.text()
    return new DOMParser().parseFromString(text, 'text/html').querySelector('[data-renew]')
  }
}
