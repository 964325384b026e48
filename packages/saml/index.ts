/**
 * SAML 2.0 for an identity provider, tokens of SAML 1.1, and the documents of WS-Federation. Pure functions: no network, no
 * storage, no clock; randomness is an argument.
 */
export {
  type BeforeParsing,
  buildPostFields,
  buildRedirect,
  type DocumentSize,
  type ReceivedMessage,
  receivePost,
  receiveRedirect,
  type SentMessage,
} from './bindings.ts'
export { readCertificate } from './certificates.ts'
export type { EncryptionKey, RandomBytes } from './encryption.ts'
export type {
  AssertedAttribute,
  AssertedLogin,
  Assertion,
  AssertionSubject,
} from './messages/assertion.ts'
export {
  type AuthnRequest,
  type NewAuthnRequest,
  type RequestedContext,
  readAuthnRequest,
  writeAuthnRequest,
} from './messages/authn-request.ts'
export {
  type LogoutRequest,
  type LogoutResponse,
  type NewLogoutRequest,
  type NewLogoutResponse,
  readLogoutRequest,
  readLogoutResponse,
  writeLogoutRequest,
  writeLogoutResponse,
} from './messages/logout.ts'
export { type NameId, type NameIdFormat, nameIdFormats } from './messages/name-id.ts'
export { findClaimedId, findClaimedIssuer, type Trust } from './messages/read.ts'
export {
  type ReadAssertion,
  type ReadResponse,
  type ResponseReader,
  readResponse,
  type SuccessResponse,
  writeErrorResponse,
  writeResponse,
} from './messages/response.ts'
export type { ReadStatus, Status, StatusCode } from './messages/status.ts'
export type { NewMessageHead } from './messages/write.ts'
export {
  type ConsumerService,
  type LogoutService,
  readServiceProvider,
  type ServiceProvider,
} from './metadata/read.ts'
export {
  type IdentityProvider,
  type NewServiceProvider,
  writeIdentityProvider,
  writeServiceProvider,
} from './metadata/write.ts'
export type { Reading, RefusalReason, Refused } from './refusal.ts'
export type { SigningKey } from './signature/sign.ts'
export type { Claim, TokenInput } from './ws-federation/assertion.ts'
export {
  type OfferedClaim,
  type TokenService,
  writeFederationMetadata,
} from './ws-federation/metadata.ts'
export { writeTokenResponse } from './ws-federation/response.ts'
