/** For tests: notices that are noted instead of sent. */
import type { NoticeFacts, NoticeKind, Notify } from '../../identity/notify/notice.ts'

export function createNotebook() {
  const noticed: { readonly kind: NoticeKind; readonly facts: NoticeFacts }[] = []
  const notify: Notify = async (_queries, { kind }, facts) => void noticed.push({ kind, facts })
  return { notify, noticed }
}
