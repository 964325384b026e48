/**
 * `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): answers an app with a form that the browser submits. Owns that
 * the page is one of ours, with a policy that lets the form go only to the app; the library's page has no policy.
 */
import type { ProtocolPages } from '../pages.ts'
import { mustHold, showLeaving } from './held-redirects.ts'
import type { FormPostHandler } from './library.ts'
import { hasPlainErrors } from './middleware.ts'
import { showPage } from './show-page.ts'

export function createFormPost(
  pages: Pick<ProtocolPages, 'renderFormPost' | 'renderLeaving'>,
): FormPostHandler {
  return async (ctx, action, inputs) => {
    const { client } = ctx.oidc
    if ('error' in inputs && mustHold(ctx)) return showLeaving(ctx, pages, action)
    const fields = Object.fromEntries(
      Object.entries(inputs)
        .filter(([name]) => !(name === 'iss' && 'error' in inputs && hasPlainErrors(ctx)))
        .map(([name, value]) => [name, String(value)]),
    )
    const page = pages.renderFormPost(ctx.req, {
      action,
      fields,
      appName: client?.clientName ?? client?.clientId ?? new URL(action).host,
      purpose: 'error' in inputs ? 'error' : 'login',
    })
    showPage(ctx, page)
    // As with a redirect: a window that an app opened for the login keeps its opener.
    ctx.remove('cross-origin-opener-policy')
  }
}
