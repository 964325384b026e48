/** For tests: notices that are noted instead of sent. */
import type { Notice, NoticeFacts, NoticeKind, Notify } from '../../identity/notify/notice.ts'

export function createNotebook() {
  const noticed: { readonly kind: NoticeKind; readonly facts: NoticeFacts }[] = []
  const notices: Notice[] = []
  const notify: Notify = async (_queries, notice, facts) => {
    notices.push(notice)
    noticed.push({ kind: notice.kind, facts })
  }
  return { notify, noticed, /** As they are declared. */ notices }
}
