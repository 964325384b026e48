/**
 * Whether a form was sent from a page that this server gave to this browser. Three signs: what the browser says of
 * itself (`Sec-Fetch-Site`), what it says of the page (`Origin`), and a token bound to the browser's cookie.
 */
import { equalInConstantTime, hmac } from '../kernel/crypto.ts'
import { Fault } from '../kernel/fault.ts'
import type { PageHeaders } from './request.ts'

export interface FormTokens {
  /** The token for the forms of the browser with this cookie. */
  issue(browserToken: string): string
  /** Throws Fault `foreign_origin` or `bad_form_token`. */
  check(headers: PageHeaders, browserToken: string, token: string | undefined): void
}

/** `key` is for this purpose alone. `publicUrl` is an origin. */
export function createFormTokens(options: {
  readonly key: Uint8Array
  readonly publicUrl: string
}): FormTokens {
  const { key, publicUrl } = options
  const issue = (browserToken: string) => hmac(key, browserToken)
  return {
    issue,
    check(headers, browserToken, token) {
      checkOrigin(headers, publicUrl)
      if (token === undefined || !equalInConstantTime(token, issue(browserToken))) {
        throw new Fault('bad_form_token', 'The form token is missing or another one')
      }
    },
  }
}

/** Throws Fault `foreign_origin`. Browsers that send neither header are left to the token. */
export function checkOrigin(headers: PageHeaders, publicUrl: string): void {
  const site = headers.get('sec-fetch-site')
  if (site !== null) {
    if (site === 'same-origin') return
    throw new Fault('foreign_origin', 'The form is on a page of another site', {
      details: { site },
    })
  }
  // Pages without a referrer send the text `null`.
  const origin = headers.get('origin')
  if (origin !== null && origin !== 'null' && origin !== publicUrl) {
    throw new Fault('foreign_origin', 'The form is on a page of another origin', {
      details: { origin },
    })
  }
}
