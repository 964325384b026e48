/**
 * What all pages share: the context of a request, the replies, and forms that are accepted only from the browser that they
 * were shown in. Owns the browser's secret and the form token; owns no page and no route.
 */
import { readForm } from '../../platform/http/body.ts'
import type { FormTokens } from '../../platform/http/form-token.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import { type ContextOptions, createContexts, type RequestContext } from './context.ts'
import { createReplies, type RepliesOptions } from './replies.ts'
import type { SealedCookies } from './sealed-cookies.ts'

export interface FrameOptions extends ContextOptions, RepliesOptions {
  readonly formTokens: FormTokens
  readonly sealedCookies: SealedCookies
  /** Login pages may ask for tickets by themselves; after a logout they no longer do. */
  readonly asksForTickets: boolean
}

export function createFrame(options: FrameOptions) {
  const { cookies, formTokens, random } = options
  const { findSession, ...contexts } = createContexts(options)

  return {
    ...contexts,
    ...createReplies(options),

    /**
     * The fields of the form that was sent, and the context of its request. A body may arrive slowly, and a session that
     * ends meanwhile must not act, so the session is looked up after the whole body has arrived. Throws Fault as
     * `readForm`.
     */
    async receive(
      from: RequestContext,
    ): Promise<{ fields: Record<string, string>; context: RequestContext }> {
      const fields = await readForm(from.request)
      const session = await findSession(from.request)
      return { fields, context: { ...from, client: { ...from.client, session } } }
    },

    /** The browser's secret, and the cookie that gives it one when it has none. */
    ensureBrowser(of: RequestContext): { token: string; cookies: readonly string[] } {
      if (of.browserToken !== undefined) return { token: of.browserToken, cookies: [] }
      const token = newSecret(random)
      return { token, cookies: [cookies.set('browser', token)] }
    },

    formToken: (browserToken: string): string => formTokens.issue(browserToken),

    /** Throws Fault when a form did not come from one of our pages in this browser. */
    checkForm(from: RequestContext, fields: Readonly<Record<string, string>>): string {
      const token = from.browserToken
      formTokens.check(from.request.headers, token ?? '', fields.form_token)
      if (token === undefined) throw new Fault('bad_form_token', 'The browser sent no cookie')
      return token
    },

    cookies,
    sealedCookies: options.sealedCookies,
    asksForTickets: options.asksForTickets,
    support: options.brand.support,
  }
}

export type Frame = ReturnType<typeof createFrame>
