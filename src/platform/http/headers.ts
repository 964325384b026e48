/** The headers that every answer of Einlass carries, and the Content-Security-Policy of its pages (CSP Level 3). */

export interface PageSources {
  /** `sha256-…`, without quotes. */
  readonly styles: readonly string[]
  readonly scripts: readonly string[]
  /**
   * Where the forms of the page lead; absent: to us. Browsers apply `form-action` also to the redirects that follow, and where an
   * app redirects is not known here. So a page whose form leaves names no origin.
   */
  readonly formsLead?: FormsLead | undefined
  /** The page has frames that lead to apps. As with forms, redirects may follow to any origin. */
  readonly hasFrames?: boolean | undefined
  /** Our own pages may have this one in a frame. */
  readonly isFramed?: boolean | undefined
}

/** `https`: to any address of https. `anywhere`: also to one of http. */
export type FormsLead = 'https' | 'anywhere'

export function contentSecurityPolicy(sources: PageSources): string {
  const { styles, scripts, formsLead, hasFrames, isFramed } = sources
  const hashes = (list: readonly string[]) => list.map((hash) => `'${hash}'`).join(' ') || `'none'`
  return [
    `default-src 'none'`,
    `style-src ${hashes(styles)}`,
    `script-src ${hashes(scripts)}`,
    `img-src 'self' data:`,
    `connect-src 'self'`,
    ...(formsLead === 'anywhere'
      ? []
      : [`form-action ${formsLead === 'https' ? 'https:' : `'self'`}`]),
    ...(hasFrames === true ? ['frame-src http: https:'] : []),
    `base-uri 'none'`,
    `frame-ancestors ${isFramed === true ? `'self'` : `'none'`}`,
  ].join('; ')
}

/** For an answer whose body, if it has one, nobody is meant to see: it loads nothing and no page can frame it. */
export const emptyPagePolicy = `default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`

/**
 * For answers of every kind. Their policy is minimal, so that it also fits a script, which a stricter one would restrict.
 * Pages have their own policy. There is no Cross-Origin-Opener-Policy: with it, a redirect would cut off a window that the
 * next page keeps connected. `secure`: people reach the server by https.
 */
export function commonHeaders({ secure }: { readonly secure: boolean }): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'content-security-policy': `frame-ancestors 'none'`,
    'cross-origin-resource-policy': 'same-origin',
    ...(secure && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  }
}

/** For documents, beside their own policy: headers that would be useless on other answers. */
export function documentHeaders(options: { readonly secure: boolean }): Record<string, string> {
  return {
    ...commonHeaders(options),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  }
}

/**
 * For the answer that logs out: the browser forgets stored answers, and pages that *Back* would show. It does not clear
 * cookies: those that are to end are named one by one, as the cookies of the device and of the language stay. It does not
 * clear storage either, as the keys of the phone's app are there.
 */
export const afterLogout = ['clear-site-data', '"cache"'] as const
