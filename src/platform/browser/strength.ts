/**
 * While a person types a new password, says whether it would be accepted and how hard it is to guess. Asks the server, so that
 * the words are the same as after sending; without an answer, it says whether the password is long enough.
 */
export function strength(): void {
  /** Milliseconds without typing before it asks, so that neither the server nor a screen reader gets every key. */
  const calm = 400

  interface Said {
    readonly level: string
    readonly text: string
  }
  const nothing: Said = { level: '', text: '' }

  for (const field of document.querySelectorAll<HTMLInputElement>('input[data-strength]')) {
    follow(field, (typed) => judge(field, typed))
    const again = field.form?.querySelector<HTMLInputElement>('input[data-same]')
    if (again) follow(again, (typed) => compare(field, again, typed), field)
  }

  function follow(
    field: HTMLInputElement,
    say: (typed: string) => Said | Promise<Said>,
    other?: HTMLInputElement,
  ): void {
    const line = document.createElement('p')
    line.className = 'typed'
    line.setAttribute('role', 'status')
    ;(field.parentElement ?? field).after(line)
    let timer: ReturnType<typeof setTimeout> | undefined
    let newest = 0
    const tell = async (): Promise<void> => {
      newest += 1
      const turn = newest
      const { level, text } = await say(field.value.normalize('NFC'))
      if (turn !== newest) return
      line.className = `typed ${level}`
      line.textContent = text
    }
    const update = (): void => {
      clearTimeout(timer)
      timer = setTimeout(tell, calm)
    }
    field.addEventListener('input', update)
    other?.addEventListener('input', update)
    if (field.value !== '') update()
  }

  function judge(field: HTMLInputElement, typed: string): Said | Promise<Said> {
    const { strength: min, short = '' } = field.dataset
    const length = Array.from(typed).length
    if (length === 0) return nothing
    if (length < Number(min)) return { level: 'short', text: short.replace('#', `${length}`) }
    return ask(field, typed)
  }

  async function ask({ form, dataset }: HTMLInputElement, typed: string): Promise<Said> {
    const { judge: address = '', owner = '{}', long = '' } = dataset
    const body = new URLSearchParams(JSON.parse(owner))
    for (const name of ['form_token', 'username', 'display_name', 'email']) {
      const value = form && new FormData(form).get(name)
      if (typeof value === 'string') body.set(name, value)
    }
    body.set('password', typed)
    try {
      const answer = await fetch(address, { method: 'POST', body })
      if (answer.ok) return await answer.json()
    } catch {
      // Sending the form will show the result.
    }
    return { level: 'fair', text: long }
  }

  function compare(first: HTMLInputElement, { dataset }: HTMLInputElement, typed: string): Said {
    if (typed === '') return nothing
    const isSame = typed === first.value.normalize('NFC')
    const { same = '', different = '' } = dataset
    return isSame ? { level: 'same', text: same } : { level: 'short', text: different }
  }
}
