/**
 * While a person types, shows only the tiles whose names have every typed word. With one tile left, Enter opens it; Escape
 * shows all again. Without this script the form leads to a page with the results.
 */
export function search(): void {
  const input = document.querySelector<HTMLInputElement>('[data-search]')
  const list = document.querySelector<HTMLElement>('[data-tiles]')
  // A page of search results has only the tiles that were found.
  if (input !== null && list !== null && input.defaultValue === '') searchIn(input, list)

  function searchIn(input: HTMLInputElement, list: HTMLElement): void {
    const tiles = [...list.querySelectorAll<HTMLElement>('li')]
    const names = tiles.map((tile) => plain(tile.querySelector('.pick-title')?.textContent ?? ''))
    const findShown = (): HTMLElement[] => tiles.filter((tile) => !tile.hidden)

    const show = (): void => {
      const words = plain(input.value).split(/\s+/)
      tiles.forEach((tile, index) => {
        tile.hidden = !words.every((word) => names[index]?.includes(word))
      })
      tell(findShown().length, input.value.trim() !== '')
    }

    input.addEventListener('input', show)
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return
      input.value = ''
      show()
    })
    input.form?.addEventListener('submit', (event) => {
      event.preventDefault()
      const [only, ...others] = findShown()
      if (others.length === 0) only?.querySelector('a')?.click()
    })
    // After *back* in the browser, the typed text is there again.
    addEventListener('pageshow', show)
  }

  function tell(count: number, isSearched: boolean): void {
    for (const part of document.querySelectorAll<HTMLElement>('[data-unsearched]')) {
      part.hidden = isSearched
    }
    const none = document.querySelector<HTMLElement>('[data-none]')
    if (none !== null) none.hidden = count > 0
    const said = document.querySelector<HTMLElement>('[data-said]')
    const { one = '', some = '' } = said?.dataset ?? {}
    const text = (count === 1 ? one : some).replace('#', `${count}`)
    if (said !== null) said.textContent = isSearched ? text : ''
  }

  function plain(text: string): string {
    return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
  }
}
