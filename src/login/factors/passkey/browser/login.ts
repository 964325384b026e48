/**
 * Offers passkeys on the login page: in the field for the user name if the browser can do that, and by a button. It is part of
 * the first page that people see, so it is small.
 */
export function passkeyLogin(): void {
  const place = document.querySelector<HTMLElement>('[data-challenge]')
  if (place !== null && 'PublicKeyCredential' in window) offer(place)

  function offer(box: HTMLElement): void {
    const field = box.querySelector('input') as HTMLInputElement
    const button = box.querySelector('button') as HTMLButtonElement
    const status = box.querySelector('[role=status]') as HTMLElement
    let waiting = new AbortController()
    let since = Date.now()

    const get = async (mediation?: 'conditional'): Promise<void> => {
      waiting.abort()
      waiting = new AbortController()
      const { signal } = waiting
      const binary = atob((box.dataset.challenge ?? '').replace(/-/g, '+').replace(/_/g, '/'))
      const challenge = Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
      const publicKey = { challenge, userVerification: 'required', timeout: 3e5 } as const
      const found = await navigator.credentials.get({
        publicKey,
        signal,
        ...(mediation && { mediation }),
      })
      const { id, type, response } = found as PublicKeyCredential
      const parts: Record<string, string> = {}
      for (const name of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle']) {
        const part = (response as unknown as Record<string, ArrayBuffer>)[name]
        if (part) parts[name] = text(part)
      }
      field.value = JSON.stringify({ id, rawId: id, type, response: parts })
      field.form?.submit()
    }
    const listen = async (): Promise<void> => {
      if (await PublicKeyCredential.isConditionalMediationAvailable?.())
        get('conditional').catch(() => {})
    }
    /** A page that is open for long gets a new challenge before the old one expires. */
    const renew = async (): Promise<void> => {
      const asked = await fetch(location.href, { headers: { 'x-einlass-by-itself': '1' } })
      const page = await asked.text()
      box.dataset.challenge = /data-challenge="([\w-]+)/.exec(page)?.[1]
      since = Date.now()
      listen()
    }
    const tick = (): void => {
      if (!document.hidden && !button.disabled && Date.now() - since > 2e5) renew()
    }
    const text = (part: ArrayBuffer): string =>
      btoa(String.fromCharCode(...new Uint8Array(part)))
        .replace(/\+/g, '-')
        .replace(/\//g, '_')
        .replace(/=/g, '')

    const { unknown: credentialId } = box.dataset
    if (credentialId)
      PublicKeyCredential.signalUnknownCredential?.({
        rpId: location.hostname,
        credentialId,
      }).catch(() => {})
    box.hidden = false
    if (box.dataset.first !== undefined) button.focus()
    button.onclick = () => {
      status.textContent = ''
      button.disabled = true
      get().catch(() => {
        status.textContent = box.dataset.failed ?? ''
        button.disabled = false
        listen()
      })
    }
    setInterval(tick, 6e4)
    document.addEventListener('visibilitychange', tick)
    listen()
  }
}
