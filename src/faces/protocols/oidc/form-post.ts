/**
 * `response_mode=form_post` (OAuth 2.0 Form Post Response Mode) and `form_post.jwt` (JARM): answers an app with a form that the
 * browser submits. Owns that the page is one of ours, with a policy that lets the form go only to the app; the library's page
 * has no policy.
 */
import type { ProtocolPages } from '../pages.ts'
import { mustHold, showLeaving } from './held-redirects.ts'
import type { FormPostHandler } from './library.ts'
import { hasPlainErrors } from './middleware.ts'
import { showPage } from './show-page.ts'

export function createFormPost(
  pages: Pick<ProtocolPages, 'renderFormPost' | 'renderLeaving'>,
): FormPostHandler {
  return async (ctx, action, answer, sent = answer) => {
    const { client } = ctx.oidc
    if ('error' in answer && mustHold(ctx)) return showLeaving(ctx, pages, action)
    const fields = Object.fromEntries(
      Object.entries(sent)
        .filter(([name]) => !(name === 'iss' && 'error' in answer && hasPlainErrors(ctx)))
        .map(([name, value]) => [name, String(value)]),
    )
    const page = pages.renderFormPost(ctx.req, {
      action,
      fields,
      appName: client?.clientName ?? client?.clientId ?? new URL(action).host,
      purpose: 'error' in answer ? 'error' : 'login',
    })
    showPage(ctx, page)
    // As with a redirect: a window that an app opened for the login keeps its opener.
    ctx.remove('cross-origin-opener-policy')
  }
}
