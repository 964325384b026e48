/** The pages that a person may meet in the OIDC layer, in the look of all others. Owns which page says what. */

import { Fault } from '../../platform/kernel/fault.ts'
import {
  appErrorPage,
  formPostPage,
  loggedOutPage,
  logoutPage,
  overInteractionPage,
} from '../frame/pages.ts'
import type { Web } from '../frame/web.ts'
import type { OidcPages } from './answer.ts'
import type { FormPostOptions } from './oidc/form-post.ts'
import type { UnavailableOptions } from './unavailable.ts'

export function oidcPagesOf(
  web: Web,
  publicUrl: string,
): OidcPages & UnavailableOptions & FormPostOptions {
  const { support } = web
  return {
    publicUrl,
    async renderUnavailable(request) {
      const fault = new Fault('unavailable', 'The database is away')
      return web.fault(fault, web.stranger(request))
    },
    async renderError(request, { status, code }) {
      const visitor = web.stranger(request)
      return web.page(visitor, appErrorPage({ code, support }, visitor.t), { status })
    },
    async renderTooMany(request, retryAfter) {
      const fault = new Fault('too_many_requests', 'Too many from this address', { retryAfter })
      return web.fault(fault, web.stranger(request))
    },
    async renderLogout(request, { action, fields, redirectOrigin }) {
      const visitor = web.stranger(request)
      const form = { action, hidden: fields, formToken: '', cancelUrl: '/' }
      const page = logoutPage(form, visitor.t)
      return web.page(visitor, page, { formTarget: redirectOrigin })
    },
    async renderFormPost(request, { action, fields, appName, isError }) {
      // The address of the page is spent: the languages lead to the start page.
      const visitor = { ...web.stranger(request), path: '/' }
      const page = formPostPage({ app: appName, action, fields, isError }, visitor.t)
      const { origin: formTarget } = new URL(action)
      return web.page(visitor, page, { status: isError ? 400 : 200, formTarget, formsLeave: true })
    },
    async renderLoggedOut(request) {
      const visitor = web.stranger(request)
      return web.page(visitor, loggedOutPage('/login', visitor.t))
    },
    async renderOver(request, over) {
      // The languages lead to the start page, as this address is answered outside of the frame.
      const visitor = { ...web.stranger(request), path: '/' }
      const page = overInteractionPage(over, visitor.t)
      return web.page(visitor, page, { status: over.isSignedIn ? 200 : 410 })
    },
  }
}
