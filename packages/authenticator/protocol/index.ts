/** The messages of the Einlass authenticator; docs/authenticator-protocol.md describes them. */
export { decodeBase64Url, encodeBase64Url } from './base64url.ts'
export { computeChallenge } from './challenge.ts'
export { createReceiver, decryptText, encryptText } from './jwe.ts'
export {
  computeMessageId,
  longestMessage,
  type Opened,
  openMessage,
  signMessage,
} from './jws.ts'
export { isKeyProof, signKeyProof } from './key-proof.ts'
export {
  algorithm,
  computeThumbprint,
  exportPublicKey,
  hash,
  importPublicKey,
  type PublicJwk,
} from './keys.ts'
export { appPath, buildApproveLink, buildEnrolLink, buildRequestLink, readLink } from './links.ts'
export {
  type Answer,
  type Answered,
  type Change,
  type Enrol,
  type Enrolled,
  type Fetch,
  type Move,
  type Moved,
  type Offer,
  type Pending,
  type Request,
  readAnswer,
  readBytes,
  readChange,
  readEnrol,
  readFetch,
  readMove,
  readTotp,
  type Subscription,
  type TotpParameters,
  types,
  version,
  type Wake,
} from './messages.ts'
export { type Read, type Reader, readObject, readText } from './shape.ts'
