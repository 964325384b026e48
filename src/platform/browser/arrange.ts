/**
 * Moves rows by a handle, with a mouse, a pen or a finger, and sends the new order when a row is released. The buttons of each
 * row do the same by keyboard, and without this script.
 */
export function arrange(): void {
  const list = document.querySelector<HTMLElement>('[data-rows]')
  const order = document.querySelector<HTMLInputElement>('input[name=order]')
  for (const row of listRows()) {
    const handle = row.querySelector<HTMLElement>('[data-handle]')
    if (handle !== null && order !== null) addDragging(row, handle, order)
  }

  function addDragging(row: HTMLElement, handle: HTMLElement, order: HTMLInputElement): void {
    handle.hidden = false
    handle.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      event.preventDefault()
      handle.setPointerCapture(event.pointerId)
      row.classList.add('moving')
      const before = readOrder()
      const follow = (move: PointerEvent): void => {
        scrollAtEdge(move.clientY)
        place(row, move.clientY)
      }
      const stop = (): void => {
        handle.removeEventListener('pointermove', follow)
        row.classList.remove('moving')
        if (readOrder() === before) return
        order.value = readOrder()
        order.form?.submit()
      }
      handle.addEventListener('pointermove', follow)
      handle.addEventListener('lostpointercapture', stop, { once: true })
    })
  }

  function listRows(): HTMLElement[] {
    return [...(list?.querySelectorAll<HTMLElement>('li') ?? [])]
  }

  function readOrder(): string {
    return listRows()
      .map((row) => row.dataset.id ?? '')
      .join(' ')
  }

  function scrollAtEdge(y: number): void {
    if (y < 60) scrollBy(0, -16)
    if (y > innerHeight - 60) scrollBy(0, 16)
  }

  /** Moves the other rows around this row: a row that is removed from the page loses the pointer. */
  function place(row: HTMLElement, y: number): void {
    const findMiddle = (one: Element): number => {
      const { top, height } = one.getBoundingClientRect()
      return top + height / 2
    }
    let other = row.previousElementSibling
    while (other !== null && y < findMiddle(other)) {
      list?.insertBefore(other, row.nextElementSibling)
      other = row.previousElementSibling
    }
    other = row.nextElementSibling
    while (other !== null && y > findMiddle(other)) {
      list?.insertBefore(other, row)
      other = row.nextElementSibling
    }
  }
}
