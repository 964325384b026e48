/**
 * Tells the browser which passkeys of a person still count and what the person is called now, so that a password manager
 * forgets those that were removed (WebAuthn Level 3 section 5.1.10). Nothing waits for it and nothing depends on it.
 */
export function signals(): void {
  const { signals: told } = document.querySelector<HTMLElement>('[data-signals]')?.dataset ?? {}
  if (told !== undefined && 'PublicKeyCredential' in window) tell(JSON.parse(told))

  function tell({ rpId, userId, name, displayName, ids }: Record<string, string>): void {
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
