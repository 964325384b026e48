/** The pages that a person may meet in the OIDC layer, in the look of all others. Owns which page says what. */

import { toResponse } from '../../platform/http/reply.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { Frame } from '../frame/frame.ts'
import {
  appErrorPage,
  formPostPage,
  loggedOutPage,
  logoutPage,
  overInteractionPage,
} from '../frame/pages.ts'
import type { FormPostOptions } from './oidc/form-post.ts'
import type { OidcPages } from './oidc/pages.ts'
import type { UnavailableOptions } from './oidc/unavailable.ts'

export function oidcPagesOf(
  frame: Frame,
  publicUrl: string,
): OidcPages & UnavailableOptions & FormPostOptions {
  const { support } = frame
  return {
    publicUrl,
    async renderUnavailable(request) {
      const fault = new Fault('unavailable', 'The database is away')
      return toResponse(frame.fault(fault, frame.createAnonymous(request)))
    },
    async renderError(request, { status, code }) {
      const context = frame.createAnonymous(request)
      return toResponse(frame.page(context, appErrorPage({ code, support }, context.t), { status }))
    },
    async renderTooMany(request, retryAfter) {
      const fault = new Fault('too_many_requests', 'Too many from this address', { retryAfter })
      return toResponse(frame.fault(fault, frame.createAnonymous(request)))
    },
    async renderLogout(request, { action, fields, redirectOrigin }) {
      const context = frame.createAnonymous(request)
      const form = { action, hidden: fields, formToken: '', cancelUrl: '/' }
      const page = logoutPage(form, context.t)
      return toResponse(frame.page(context, page, { formTarget: redirectOrigin }))
    },
    async renderFormPost(request, { action, fields, appName, isError }) {
      // The address of the page is spent: the languages lead to the start page.
      const context = { ...frame.createAnonymous(request), path: '/' }
      const page = formPostPage({ app: appName, action, fields, isError }, context.t)
      const { origin: formTarget } = new URL(action)
      return toResponse(
        frame.page(context, page, { status: isError ? 400 : 200, formTarget, formsLeave: true }),
      )
    },
    async renderLoggedOut(request) {
      const context = frame.createAnonymous(request)
      return toResponse(frame.page(context, loggedOutPage('/login', context.t)))
    },
    async renderOver(request, over) {
      // The languages lead to the start page, as this address is answered outside of the frame.
      const context = { ...frame.createAnonymous(request), path: '/' }
      const page = overInteractionPage(over, context.t)
      return toResponse(frame.page(context, page, { status: over.isSignedIn ? 200 : 410 }))
    },
  }
}
