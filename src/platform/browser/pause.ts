/**
 * Counts down the time that a page asks to wait, announces 30, 10 and 0 seconds, and enables the buttons that wait for it.
 * Without this script the text has the time, and the server refuses requests that come too early.
 */
export function pause(): void {
  const counter = document.querySelector<HTMLElement>('[data-pause]')
  if (counter !== null) countDown(counter)

  function countDown(box: HTMLElement): void {
    const { pause: left, over, says } = box.dataset
    const endsAt = Date.now() + Number(left)
    const text = box.closest('p')
    const teller = document.createElement('p')
    const buttons = [...document.querySelectorAll<HTMLButtonElement>('button[data-waits]')]
    let announcements: [number, string][] = JSON.parse(says ?? '[]')
    let clock = 0

    const hold = (event: Event): void => event.preventDefault()
    const write = (seconds: number): void => {
      const unit = (name: string, value: number) =>
        new Intl.NumberFormat(document.documentElement.lang, {
          style: 'unit',
          unit: name,
          unitDisplay: 'long',
        }).format(value)
      const parts: string[] = []
      if (seconds >= 3600) parts.push(unit('hour', Math.floor(seconds / 3600)))
      if (seconds % 3600 >= 60) parts.push(unit('minute', Math.floor((seconds % 3600) / 60)))
      if (seconds < 3600 && seconds % 60 > 0) parts.push(unit('second', seconds % 60))
      box.textContent = parts.join(' ')
    }
    const arm = (): void => {
      clearInterval(clock)
      for (const button of buttons) {
        button.removeEventListener('click', hold)
        button.removeAttribute('aria-disabled')
      }
      // This text names the end of the wait and says that nothing is possible before.
      document.querySelector('[data-before]')?.remove()
      if (text !== null) text.textContent = over ?? ''
      teller.textContent = over ?? ''
    }
    const tick = (): void => {
      const seconds = Math.ceil((endsAt - Date.now()) / 1000)
      if (seconds <= 0) {
        arm()
        return
      }
      write(seconds)
      const due = announcements.filter(([at]) => seconds <= at)
      announcements = announcements.filter(([at]) => seconds > at)
      const latest = due.at(-1)
      if (latest !== undefined) teller.textContent = latest[1]
    }

    teller.className = 'unseen'
    teller.setAttribute('role', 'status')
    // A screen reader must not read a text that changes each second.
    box.closest('[role]')?.removeAttribute('role')
    box.closest('[role], .note')?.after(teller)
    text?.removeAttribute('hidden')
    for (const button of buttons) {
      button.setAttribute('aria-disabled', 'true')
      button.addEventListener('click', hold)
    }
    clock = window.setInterval(tick, 500)
    tick()
  }
}
