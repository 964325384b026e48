/**
 * Checks whether the computer has a ticket, while the page shows its usual form. Without a ticket nothing changes. Without
 * this script a person can press the button for the same check.
 */
export function ticket(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-silent]')) {
    void ask(button.formAction, collect(button.form))
  }

  function collect(form: HTMLFormElement | null): URLSearchParams {
    const body = new URLSearchParams({ silent: '1' })
    for (const name of ['form_token', 'version']) {
      const input = form?.querySelector<HTMLInputElement>(`input[name=${name}]`)
      body.set(name, input?.value ?? '')
    }
    return body
  }

  async function ask(address: string, body: URLSearchParams): Promise<void> {
    const began = Date.now()
    let answer = await post(address, body)
    // Chromium ignores the first request after its start. A longer wait means that a person has closed a window of the browser,
    // which must not open again.
    if (answer?.status === 401 && Date.now() - began < 1000) answer = await post(address, body)
    if (answer?.ok !== true) return
    const { next } = await answer.json()
    if (typeof next === 'string') location.replace(next)
  }

  function post(address: string, body: URLSearchParams): Promise<Response | undefined> {
    const headers = { accept: 'application/json' }
    return fetch(address, { method: 'POST', body, headers }).catch(() => undefined)
  }
}
