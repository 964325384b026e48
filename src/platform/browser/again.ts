/**
 * Sends a form again by itself when too many people log in at the same moment. The server then answers 204, so this page
 * stays with all that was typed; nothing of it is stored anywhere else. The cookie asks for that answer, and comes back with
 * the seconds to wait. Without this script the answer is a page, on which the password has to be typed again.
 */
export function again(): void {
  const found = document.querySelector<HTMLFormElement>('form[data-again]')
  if (found !== null) watch(found)

  function watch(form: HTMLFormElement): void {
    const { again: text, left } = form.dataset
    const isSecure = location.protocol === 'https:'
    const name = `${isSecure ? '__Host-' : ''}einlass_wait`
    const [box, inside] = [document.createElement('div'), document.createElement('div')]
    const [says, counts] = [document.createElement('p'), document.createElement('p')]
    const rest = document.createElement('span')
    let clock = 0
    let pressed: HTMLElement | null = null

    const write = (value: string, age: number): void => {
      // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API needs https.
      document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${isSecure ? '; secure' : ''}`
    }
    const read = (): number => {
      const pair = document.cookie.split('; ').find((one) => one.startsWith(`${name}=`))
      return Number(pair?.slice(name.length + 1))
    }
    const every = (work: () => void): void => {
      clearInterval(clock)
      clock = window.setInterval(work, 250)
    }
    const show = (seconds: number): void => {
      const unit = { style: 'unit', unit: 'second', unitDisplay: 'long' } as const
      rest.textContent = new Intl.NumberFormat(document.documentElement.lang, unit).format(seconds)
    }
    const wait = (): void => {
      const seconds = read()
      if (!(seconds > 0)) return
      write('', 0)
      const endsAt = Date.now() + seconds * 1000
      if (!box.isConnected) form.before(box)
      // A screen reader says what changes in a box that is there.
      setTimeout(() => {
        says.textContent = text ?? ''
      }, 100)
      const tick = (): void => {
        const now = Math.ceil((endsAt - Date.now()) / 1000)
        show(Math.max(0, now))
        if (now > 0) return
        clearInterval(clock)
        form.requestSubmit(pressed)
      }
      every(tick)
      tick()
    }

    box.className = 'note info'
    inside.className = 'note-text'
    says.setAttribute('role', 'status')
    counts.append(`${left} `, rest)
    inside.append(says, counts)
    box.append(inside)
    write('', 0)
    form.addEventListener('submit', (event) => {
      pressed = event.submitter
      write(location.pathname.replace(/[^\w-]/g, '-'), 60)
      every(wait)
    })
  }
}
