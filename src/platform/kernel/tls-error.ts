/** What operators read of a certificate that is not accepted, in errors that carry the message of Node. */

/** Names an option of the command `node`, which starts no packaged program. Our settings decide which authorities are trusted. */
const hint = /; if the root CA is installed locally, try running Node\.js with --use-system-ca/g

/** A text from an error, without Node's advice to start it in another manner. */
export const withoutNodeHint = (text: string): string =>
  text.includes('--use-system-ca') ? text.replaceAll(hint, '') : text

const unknownAuthority =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/

/** @param setting names the file with the authorities that are trusted for this connection */
export function describeTlsError(error: Error, setting: string): string {
  const text = withoutNodeHint(error.message)
  const isUnknown = 'code' in error && unknownAuthority.test(`${error.code}`)
  if (!isUnknown) return text
  return `${text}; for an authority of your own, ${setting} names a file with its certificate`
}
