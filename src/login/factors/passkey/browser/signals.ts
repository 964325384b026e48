/**
 * Sends the browser the list of a user's passkeys and the user's current name, so that a password manager deletes the
 * passkeys that were removed (WebAuthn Level 3 section 5.1.10). Nothing waits for it and nothing depends on it.
 */
export function signals(): void {
  const { signals: json } = document.querySelector<HTMLElement>('[data-signals]')?.dataset ?? {}
  if (json !== undefined && 'PublicKeyCredential' in window) signal(JSON.parse(json))

  function signal({ rpId, userId, name, displayName, ids }: Record<string, string>): void {
    const passkeys = PublicKeyCredential as unknown as Record<
      string,
      ((fact: object) => Promise<void>) | undefined
    >
    const ignore = () => {}
    const accepted = { rpId, userId, allAcceptedCredentialIds: ids }
    passkeys.signalAllAcceptedCredentials?.(accepted).catch(ignore)
    passkeys.signalCurrentUserDetails?.({ rpId, userId, name, displayName }).catch(ignore)
  }
}
