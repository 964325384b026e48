/**
 * Asks once whether the computer has a ticket, while the form is there as usual. Where it has none, nothing changes. Without
 * this script the button does the same when it is pressed.
 */
export function ticket(): void {
  const button = document.querySelector<HTMLButtonElement>('button[data-silent]')
  const form = button?.form
  if (!button || !form) return
  const body = new URLSearchParams({ silent: '1' })
  for (const name of ['form_token', 'version']) {
    body.set(name, form.querySelector<HTMLInputElement>(`input[name=${name}]`)?.value ?? '')
  }
  void ask(button.formAction, body)

  async function ask(address: string, sent: URLSearchParams): Promise<void> {
    const headers = { accept: 'application/json' }
    const answer = await fetch(address, { method: 'POST', body: sent, headers }).catch(
      () => undefined,
    )
    if (answer?.ok !== true) return
    const { next } = await answer.json()
    if (typeof next === 'string') location.replace(next)
  }
}
