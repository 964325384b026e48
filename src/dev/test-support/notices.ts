/** For tests of factors: notices that are noted instead of sent. */
import {
  type NoticeFacts,
  type Notices,
  silentNotices,
} from '../../identity/notify/mail/notices.ts'
import type { Queries } from '../../platform/storage/database.ts'

export function createNotebook() {
  const noticed: { readonly name: string; readonly facts: NoticeFacts }[] = []
  const notices = Object.fromEntries(
    Object.keys(silentNotices).map((name) => [
      name,
      async (_queries: Queries, facts: NoticeFacts) => void noticed.push({ name, facts }),
    ]),
  ) as Notices
  return { notices, noticed }
}
