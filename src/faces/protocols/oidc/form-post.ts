/**
 * `response_mode=form_post` (OAuth 2.0 Form Post Response Mode): the answer to an app as a form that the browser sends. Owns
 * that the page is one of ours, with a policy that lets the form go to the app alone; the library's has none.
 */
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import * as weakCache from 'oidc-provider/lib/helpers/weak_cache.js'
import { putInto, toRequest } from '../answer.ts'

export interface FormPost {
  /** The app's address. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly appName: string
  /** The app is told of an error. */
  readonly isError: boolean
}

export interface FormPostOptions {
  readonly publicUrl: string
  renderFormPost(request: Request, form: FormPost): Promise<Response>
}

/** What a provider keeps for itself; here only what is touched. */
interface Internals {
  readonly responseModes: Map<
    string,
    (
      ctx: KoaContextWithOIDC,
      action: string,
      inputs: Readonly<Record<string, unknown>>,
    ) => Promise<void>
  >
}
const { default: internalsOf } = weakCache as unknown as {
  readonly default: (provider: Provider) => Internals
}

/** The library registers each mode once and for all, so its own handler is replaced where it keeps them. */
export function answerByForm(
  provider: Provider,
  { publicUrl, renderFormPost }: FormPostOptions,
): void {
  internalsOf(provider).responseModes.set('form_post', async (ctx, action, inputs) => {
    const { client } = ctx.oidc
    const fields = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [name, String(value)]),
    )
    const page = await renderFormPost(toRequest(ctx.req, publicUrl), {
      action,
      fields,
      appName: client?.clientName ?? client?.clientId ?? new URL(action).host,
      isError: 'error' in inputs,
    })
    await putInto(ctx, page)
    // As with a redirect: a window that an app has opened for the login stays its own.
    ctx.remove('cross-origin-opener-policy')
  })
}
