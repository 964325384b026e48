/** The pages that a person may meet in the OIDC layer. Owns what they are told, not how it looks. */

export interface OidcPages {
  /** `code` is an OAuth error code (RFC 6749 section 4.1.2.1) or `not_found`; the page gets `status`. */
  renderError(request: Request, problem: { status: number; code: string }): Promise<Response>
  /**
   * Asks whether to log out. The form posts `fields` to `action`. Where `redirectOrigin` is there, the answer leads
   * to it, so a `form-action` of the page's Content-Security-Policy must name it beside `'self'`.
   */
  renderLogout(request: Request, form: LogoutForm): Promise<Response>
  /** Says that the person is logged out, for apps that named no place to return to. */
  renderLoggedOut(request: Request): Promise<Response>
}

export interface LogoutForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly appName?: string
  readonly redirectOrigin?: string
}
