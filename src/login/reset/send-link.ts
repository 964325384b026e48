/** The mail with a link to a new password, for a person or the service desk: the link, the mail and the audit event belong together. */
import type { Audit } from '../../identity/audit/audit.ts'
import type { FactsOf } from '../../identity/audit/event.ts'
import type { NoticeFacts, Notify } from '../../identity/notify/notice.ts'
import type { User } from '../../identity/users/user.ts'
import type { Transaction } from '../../platform/storage/transact.ts'
import { resetEvents } from './events.ts'
import type { NewLink, ResetLinks } from './links.ts'
import { resetNotices } from './notices.ts'

export interface SendLinkOptions {
  readonly links: Pick<ResetLinks, 'create'>
  readonly notify: Notify
  readonly audit: Audit
  /** An origin, from the configuration: no request ever says where a link leads. */
  readonly publicUrl: string
}

export interface AskedLink {
  readonly user: User & { readonly email: string }
  /** Where the link was asked for, for the mail. */
  readonly from: NoticeFacts
  readonly facts: Omit<FactsOf<typeof resetEvents.linkSent>, 'userId'>
  /** The number of links in the last hour does not matter. */
  readonly isUnlimited?: boolean
}

/** `undefined`: nothing was sent, see `links.create`. Call it with the user locked. */
export async function sendLink(
  { links, notify, audit, publicUrl }: SendLinkOptions,
  tx: Transaction,
  { user, from, facts, isUnlimited = false }: AskedLink,
): Promise<NewLink | undefined> {
  const link = await links.create(tx, user, user.email, { isUnlimited })
  if (link === undefined) return undefined
  const reset = { url: `${publicUrl}${createLinkPath(link.token)}`, until: link.expiresAt }
  await notify(tx, resetNotices.link, { ...from, reset })
  await audit.record(tx, resetEvents.linkSent, { userId: user.id, ...facts })
  return link
}

/** The path of a link. */
const createLinkPath = (token: string): string => `/forgot-password/link/${token}`
