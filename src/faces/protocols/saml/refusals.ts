/** Why messages of SAML apps are refused: the reasons of the package, and our own. */
import type { IncomingMessage } from 'node:http'
import type { RefusalReason, Status } from '#saml'
import { quoteReceived } from '../../../platform/kernel/text.ts'
import type { ProtocolHost } from '../protocol.ts'
import type { RefusalReasons } from '../refusals.ts'

const ofMessages: Readonly<Record<RefusalReason, 'audited'>> = {
  too_large: 'audited',
  bad_encoding: 'audited',
  bad_xml: 'audited',
  bad_message: 'audited',
  bad_signature: 'audited',
  weak_algorithm: 'audited',
  unsigned: 'audited',
}

const ofRequests = {
  unknown_app: 'audited',
  wrong_destination: 'audited',
  // The person took too long, or the app sent a request that it had sent before.
  request_expired: 'counted',
  relay_state_too_long: 'audited',
  unsupported_binding: 'audited',
  unknown_acs_url: 'audited',
  unknown_answer: 'audited',
  /** Slow messages, more than message-limit.ts allows. */
  too_many_messages: 'audited',
} as const

/** The refusal for each status that an app gets. */
const answers = {
  AuthnFailed: 'authn_failed',
  InvalidNameIDPolicy: 'invalid_name_id_policy',
  NoAuthnContext: 'no_authn_context',
  NoPassive: 'no_passive',
  RequestDenied: 'request_denied',
  RequestUnsupported: 'request_unsupported',
  UnknownPrincipal: 'unknown_principal',
} as const satisfies { readonly [Code in NonNullable<Status['reason']>]?: string }

const ofAnswers: Readonly<Record<(typeof answers)[keyof typeof answers], 'audited' | 'counted'>> = {
  authn_failed: 'counted',
  invalid_name_id_policy: 'audited',
  no_authn_context: 'audited',
  no_passive: 'counted',
  request_denied: 'counted',
  request_unsupported: 'audited',
  unknown_principal: 'audited',
}

export const samlRefusals = {
  ...ofMessages,
  ...ofRequests,
  ...ofAnswers,
} satisfies RefusalReasons

const change = (id: string, options: string): string => `einlass app change ${id} ${options}`

/** For an operator: what mends a refusal, by its reason. docs/apps/saml.md has what to set on the side of the app. */
const advices: Readonly<Record<string, (id: string) => string>> = {
  bad_signature: (id) =>
    `What this app signed fits none of its certificates. Has it a new one? With all others: ${change(id, '--signing-certificate FILE')}`,
  weak_algorithm: () => 'This app signs with SHA-1. Choose RSA-SHA256 there.',
  unsigned: (id) =>
    `This app did not sign its message, and a logout always has to be signed. Turn signing on there. If it signs no logins and was added with --signed-requests: ${change(id, '--no-signed-requests')}`,
  unknown_acs_url: (id) =>
    `This app asked for its answer at an address that it does not have; the log of the server names it. If it is right, with all others: ${change(id, '--acs-url ...')}`,
  unsupported_binding: () =>
    'This app used a binding that is not supported. Choose HTTP-Redirect or HTTP-POST there.',
  wrong_destination: () =>
    'This app sent its message to another address than the one in its Destination. Read the metadata of the login anew there.',
  invalid_name_id_policy: (id) =>
    `This app asked for another kind of NameID than it has. Choose the same on both sides: ${change(id, '--name-id FORMAT')}`,
  no_authn_context: () =>
    'This app asked for a level that does not exist here (RequestedAuthnContext). Leave it out there, or take one of docs/assurance.md.',
}

export const adviseSamlRefusal = (reason: string, { id }: { readonly id: string }) =>
  Object.hasOwn(advices, reason) ? advices[reason]?.(id) : undefined

export type SamlRefusalReason = keyof typeof samlRefusals

/** For the log, with the entity id that the app sent. */
export const describeUnknownApp = (issuer: string | undefined): string =>
  `no app has the entity id ${quoteReceived(issuer ?? '')}`

export function noteRefusal(
  { noteRefusal: note }: Pick<ProtocolHost, 'noteRefusal'>,
  reason: SamlRefusalReason,
  appId?: string,
  request?: IncomingMessage,
): void {
  note({ protocol: 'saml', reason, appId, request })
}

/** The same for a refusal that the app gets as a status. */
export function noteAnswer(
  host: Pick<ProtocolHost, 'noteRefusal'>,
  { reason }: Status,
  appId: string,
): void {
  if (reason !== undefined && Object.hasOwn(answers, reason)) {
    noteRefusal(host, answers[reason as keyof typeof answers], appId)
  }
}
