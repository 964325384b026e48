/**
 * The wire codec of the ForgeRock Authenticator push protocol: registration URIs, notifications, the requests of
 * phones. Pure functions; no network, no storage, no clock.
 */
export {
  acceptableAccountName,
  acceptableIssuer,
  type IssuerCheck,
} from './issuer.ts'
export { type Claims, signJwt, verifyJwt } from './jwt.ts'
export {
  type MessageId,
  type MessageType,
  makeMessageId,
  parseMessageId,
} from './message-id.ts'
export {
  type BuiltNotification,
  buildNotification,
  type NotificationContext,
  type NotificationInput,
  type NotificationKind,
  type NotificationLifetime,
  type NotificationReading,
  type NotifiedPhone,
  notificationText,
  parseNotification,
  type ReadNotification,
  readMechanism,
  type ThreeNumbers,
} from './notification.ts'
export { type DrawnNumbers, drawNumbers } from './numbers.ts'
export {
  answerBody,
  type PhoneAction,
  type PhoneAnswer,
  type PhoneClient,
  phoneHeaders,
  refreshBody,
  registerBody,
} from './phone-requests.ts'
export {
  type OathProfile,
  type ProfileReading,
  type PushProfile,
  readDeviceProfile,
} from './profile.ts'
export { type RandomSource, randomChallenge, randomSecret } from './random.ts'
export {
  buildRegistrationUri,
  type OathPart,
  parseRegistrationUri,
  type Registration,
  type RegistrationAccount,
  type RegistrationBrand,
  type RegistrationEndpoints,
  type RegistrationInput,
  type RegistrationUriReading,
} from './registration-uri.ts'
export {
  type AnswerReading,
  type ExpectedAnswer,
  type MessageBody,
  type PhoneDevice,
  type RefreshBody,
  type RefreshReading,
  type Refusal,
  type RegisteringPhone,
  type RegistrationReading,
  readAnswer,
  readMessageBody,
  readRefresh,
  readRefreshBody,
  readRegistration,
} from './requests.ts'
export { isResponseTo, responseTo } from './response.ts'
export { apnsPayload, type Delivery, fcmData, fcmV1Body, snsMessage } from './sns.ts'
