/**
 * Keeps a waiting page up to date: polls until events arrive, then listens and polls slowly, moves the bar, shows the time
 * left, and loads the next page when the wait is over. Without this script the page reloads itself.
 */
export function wait(): void {
  const page = document.querySelector<HTMLElement>('[data-status]')
  if (page !== null) watch(page)

  function watch(box: HTMLElement): void {
    const { events, status, next, offline, left, says } = box.dataset
    const line = box.querySelector<HTMLElement>('.status')
    const teller = box.querySelector<HTMLElement>('.teller')
    const bar = box.querySelector('progress')
    const endsAt = Date.now() + Number(left)
    let announcements: [number, string][] = JSON.parse(says ?? '[]')
    let failures = 0
    let isLeaving = false
    let isAsking = false
    let askAgain = false
    let poll = 0
    let pollsEvery = 0
    let isOver = false

    const tell = (text: string): void => {
      if (line !== null && line.textContent !== text) line.textContent = text
    }
    const leave = (): void => {
      if (isLeaving) return
      isLeaving = true
      location.replace(next ?? location.href)
    }
    const readAnswer = async (answer: Response): Promise<void> => {
      if (answer.status < 500) failures = 0
      // Not at once: if the same page came again, it would reload without a pause.
      if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
        setTimeout(leave, 3000)
      }
      if (!answer.ok) return
      const found: { final: boolean; status: string } = await answer.json()
      if (found.final) leave()
      else tell(found.status)
    }
    const askOnce = async (): Promise<void> => {
      try {
        await readAnswer(await fetch(status ?? '', { headers: { accept: 'application/json' } }))
      } catch {
        failures += 1
        if (failures > 1) tell(offline ?? '')
      }
    }
    const ask = async (): Promise<void> => {
      // The running request may have begun before this event, so its answer may be too old.
      if (isAsking) askAgain = true
      if (isAsking || isLeaving) return
      isAsking = true
      await askOnce()
      isAsking = false
      if (askAgain) {
        askAgain = false
        ask()
      }
    }
    // An open stream proves nothing, as a proxy may hold its content back. An event that arrived does.
    // After the end the server may still need a moment to say what comes next, and no event is certain.
    const pollEvery = (wanted: number): void => {
      const ms = isOver ? 3000 : wanted
      if (ms === pollsEvery) return
      clearInterval(poll)
      pollsEvery = ms
      poll = window.setInterval(ask, ms)
    }
    const end = (): void => {
      if (!isOver) ask()
      isOver = true
      pollEvery(3000)
    }
    const listen = (): void => {
      if (events === undefined || !('EventSource' in window)) return
      const source = new EventSource(events)
      source.onmessage = () => {
        pollEvery(30_000)
        ask()
      }
      source.onerror = () => {
        pollEvery(3000)
        if (source.readyState === EventSource.CLOSED && !isLeaving) setTimeout(listen, 15_000)
      }
    }
    const tick = (): void => {
      const seconds = Math.max(0, (endsAt - Date.now()) / 1000)
      if (bar !== null) bar.value = seconds
      const due = announcements.filter(([at]) => seconds <= at)
      announcements = announcements.filter(([at]) => seconds > at)
      const latest = due.at(-1)
      if (latest !== undefined && teller !== null) teller.textContent = latest[1]
      if (seconds === 0) end()
    }

    tick()
    window.setInterval(tick, 1000)
    pollEvery(3000)
    listen()
    ask()
    addEventListener('pageshow', (event) => (event.persisted ? location.reload() : ask()))
    addEventListener('online', ask)
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) ask()
    })
  }
}
