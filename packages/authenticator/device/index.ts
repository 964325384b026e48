/** The phone's side of the protocol; the app and tests use it. */
export type { Account, AccountStore, Lock } from './account.ts'
export {
  type AnswerOptions,
  type AnswerResult,
  answerRequest,
  type Decision,
  openMove,
  type Verified,
} from './answer.ts'
export { type Caller, createCaller } from './call.ts'
export { sendChange } from './change.ts'
export { enrolDevice, fetchOffer, type MadeCredential, type NewDevice } from './enrol.ts'
export { createAnswerKey } from './keys.ts'
export { fetchRequests } from './requests.ts'
