/** What the demo's apps show. Plain on purpose: they stand for apps that are not ours. */
import { createHash } from 'node:crypto'
import type { Reply } from '../../platform/http/reply.ts'
import { type Html, html, trustedHtml } from '../../platform/ui/html.ts'
import type { Language } from '../../platform/ui/language.ts'

/** Who is signed in, as the ID token said. */
export interface SignedInUser {
  readonly sub: string
  readonly name: string
  readonly username: string
  readonly acr: string
  readonly amr: readonly string[]
  /** Seconds since the epoch. */
  readonly authTime: number
}

const texts = {
  de: {
    signedOut: 'Sie sind nicht angemeldet.',
    signIn: 'Anmelden',
    signOut: 'Abmelden',
    hello: (name: string) => `Guten Tag, ${name}`,
    username: 'Benutzername',
    acr: 'Stärke der Anmeldung',
    amr: 'Angemeldet mit',
    authTime: 'Angemeldet am',
    demo: 'Diese Anwendung gehört zur Vorführung.',
    failed: 'Die Anmeldung ist nicht zustande gekommen.',
    again: 'Erneut versuchen',
    unreachable:
      'Der Anmeldeserver ist nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.',
  },
  en: {
    signedOut: 'You are not signed in.',
    signIn: 'Sign in',
    signOut: 'Sign out',
    hello: (name: string) => `Hello, ${name}`,
    username: 'Username',
    acr: 'Strength of the login',
    amr: 'Signed in with',
    authTime: 'Signed in on',
    demo: 'This app is part of the demonstration.',
    failed: 'The sign-in did not succeed.',
    again: 'Try again',
    unreachable: 'The login server cannot be reached. Please try again in a moment.',
  },
} as const

const style = `
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 2rem 1rem }
h1 { font-size: 1.25rem; border-bottom: 1px solid; padding-bottom: .5rem }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .5rem 1rem }
dt { font-weight: 600 }
dd { margin: 0; overflow-wrap: anywhere }
a.button, button { display: inline-block; font: inherit; padding: .6rem 1.2rem; min-height: 44px;
  box-sizing: border-box; border: 1px solid; border-radius: .3rem; background: none; color: inherit;
  text-decoration: none; cursor: pointer }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } }
`
const styleHash = createHash('sha256').update(style).digest('base64')

export interface PageOptions {
  readonly language: Language
  readonly appName: string
  /** Where the form of this page may lead beside this app. */
  readonly loginOrigin: string
}

export function signedOutPage(options: PageOptions): Reply {
  const text = texts[options.language]
  return page(
    options,
    html`<p>${text.signedOut}</p><p><a class="button" href="/login">${text.signIn}</a></p>`,
  )
}

export function signedInPage(options: PageOptions, user: SignedInUser): Reply {
  const text = texts[options.language]
  const format = { dateStyle: 'long', timeStyle: 'medium' } as const
  const when = new Intl.DateTimeFormat(options.language, format).format(user.authTime * 1000)
  return page(
    options,
    html`<h2>${text.hello(user.name)}</h2>
<dl>
<dt>${text.username}</dt><dd>${user.username}</dd>
<dt>${text.acr} (acr)</dt><dd><code>${user.acr}</code></dd>
<dt>${text.amr} (amr)</dt><dd><code>${user.amr.join(' ')}</code></dd>
<dt>${text.authTime} (auth_time)</dt><dd>${when}</dd>
</dl>
<form method="post" action="/logout"><button>${text.signOut}</button></form>`,
  )
}

/** `code` is the OAuth error code, for the operator who looks into it. */
export function failedPage(options: PageOptions, code: string): Reply {
  const text = texts[options.language]
  const body = html`<p role="alert">${text.failed} (<code>${code}</code>)</p>
<p><a class="button" href="/login">${text.again}</a></p>`
  return page(options, body, 400)
}

export function unreachablePage(options: PageOptions): Reply {
  const text = texts[options.language]
  const body = html`<p role="alert">${text.unreachable}</p>
<p><a class="button" href="/login">${text.again}</a></p>`
  return page(options, body, 503)
}

function page(options: PageOptions, body: Html, status = 200): Reply {
  const { language, appName, loginOrigin } = options
  const document = html`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${appName}</title><style>${trustedHtml(style)}</style></head>
<body><main><h1>${appName}</h1>${body}</main><footer><p><small>${texts[language].demo}</small></p></footer></body>
</html>`
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': [
        "default-src 'none'",
        `style-src 'sha256-${styleHash}'`,
        // Browsers apply this to redirects as well: the logout leads to the login server and back.
        `form-action 'self' ${loginOrigin}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    },
    cookies: [],
    body: document.toString(),
  }
}
