/**
 * Lets the browser make or use a passkey and sends its answer with the form. Without this script the page only says
 * that it is needed.
 */

type Options = PublicKeyCredentialCreationOptionsJSON & PublicKeyCredentialRequestOptionsJSON

export function passkey(): void {
  const box = document.querySelector<HTMLElement>('[data-passkey]')
  if (box !== null) prepare(box)

  function prepare(box: HTMLElement): void {
    const { passkey, options, failed, known, unable, asks } = box.dataset
    const field = box.querySelector('input')
    const button = box.querySelector('button')
    const status = box.querySelector<HTMLElement>('[role=status]')
    if (field === null || button === null || status === null) return

    const tell = (text: string | undefined): void => {
      status.textContent = text ?? ''
      status.hidden = text === undefined
    }
    if (!('PublicKeyCredential' in window)) {
      tell(unable)
      return
    }
    let isAsking = false
    const ask = async (): Promise<void> => {
      if (isAsking) return
      isAsking = true
      tell(undefined)
      try {
        const credential = await perform(passkey === 'create', JSON.parse(options ?? ''))
        field.value = JSON.stringify(credential)
        field.form?.submit()
      } catch (error) {
        isAsking = false
        tell((error as Error).name === 'InvalidStateError' ? known : failed)
      }
    }
    button.hidden = false
    button.addEventListener('click', ask)
    if (asks !== undefined) ask()
  }

  async function perform(isNew: boolean, options: Options): Promise<object> {
    const found = isNew
      ? await navigator.credentials.create({ publicKey: creationOptions(options) })
      : await navigator.credentials.get({ publicKey: requestOptions(options) })
    return toJson(found as PublicKeyCredential)
  }

  /** Browsers of before 2024 read no JSON. */
  function creationOptions(options: Options): PublicKeyCredentialCreationOptions {
    const parse = PublicKeyCredential.parseCreationOptionsFromJSON
    if (parse !== undefined) return parse.call(PublicKeyCredential, options)
    const { challenge, user, excludeCredentials } = options
    const binary = {
      challenge: bytes(challenge),
      user: { ...user, id: bytes(user.id) },
      excludeCredentials: descriptors(excludeCredentials),
    }
    return { ...(options as object), ...binary } as unknown as PublicKeyCredentialCreationOptions
  }

  function requestOptions(options: Options): PublicKeyCredentialRequestOptions {
    const parse = PublicKeyCredential.parseRequestOptionsFromJSON
    if (parse !== undefined) return parse.call(PublicKeyCredential, options)
    return {
      ...(options as object),
      challenge: bytes(options.challenge),
      allowCredentials: descriptors(options.allowCredentials),
    } as PublicKeyCredentialRequestOptions
  }

  function descriptors(list: PublicKeyCredentialDescriptorJSON[] = []): object[] {
    return list.map((one) => ({ ...one, id: bytes(one.id) }))
  }

  /** Only what the server reads, also from extensions that put an object of their own in the browser's place. */
  function toJson({ id, type, response }: PublicKeyCredential): object {
    const parts: Record<string, unknown> = {}
    const sources = response as unknown as Record<string, unknown>
    for (const name of [
      'clientDataJSON',
      'attestationObject',
      'authenticatorData',
      'signature',
      'userHandle',
    ]) {
      const part = sources[name]
      if (part instanceof ArrayBuffer) parts[name] = text(part)
    }
    if (parts.attestationObject !== undefined) {
      delete parts.authenticatorData
      const attestation = response as AuthenticatorAttestationResponse
      parts.transports = attestation.getTransports?.() ?? []
    }
    return { id, rawId: id, type, response: parts }
  }

  function bytes(base64url: string): Uint8Array<ArrayBuffer> {
    const binary = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'))
    return Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
  }

  function text(buffer: ArrayBuffer): string {
    const binary = String.fromCharCode(...new Uint8Array(buffer))
    return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '')
  }
}
