import { type Chapter, excluded, operator, tested, unmet } from '../requirement.ts'

export const browser: Chapter = {
  title: 'Browsers',
  requirements: [
    tested(
      '3.2.1',
      'browsers never show an answer in a wrong context',
      'test/every-answer.test.ts: every answer sets HSTS, nosniff and a strict referrer policy',
      'test/launcher.test.ts: the page shows the picture of an app, and the picture runs no script when it is opened directly',
    ),
    tested(
      '3.2.2',
      'scripts insert text as text, never as HTML',
      'test/dangerous-calls.test.ts: only known source files build SQL, code, HTML or commands from text, or use weak cryptography',
    ),
    tested(
      '3.3.1',
      'cookies are `Secure`, with the prefix `__Secure-` or `__Host-`',
      'src/platform/http/cookies.test.ts: over https, every cookie is only for this host and https, and not for scripts',
      'src/faces/protocols/oidc/requests.test.ts: with an https public URL every cookie and every address is for https',
    ),
    tested(
      '3.3.2',
      '`SameSite` of each cookie fits its purpose',
      'src/platform/http/cookies.test.ts: over https, every cookie is only for this host and https, and not for scripts',
      'src/faces/protocols/oidc/configuration.test.ts: cookies of the library are signed, HttpOnly and SameSite, and with https also Secure',
    ),
    unmet(
      '3.3.3',
      'cookies have the prefix `__Host-` unless other hosts share them',
      'The two cookies of a waiting OpenID Connect request are limited to a path, so they have the prefix `__Secure-`. All other cookies have `__Host-`.',
      'src/platform/http/cookies.test.ts: over https, every cookie is only for this host and https, and not for scripts',
    ),
    tested(
      '3.3.4',
      'secret cookies are `HttpOnly`, and only `Set-Cookie` carries their value',
      'src/platform/http/cookies.test.ts: over https, every cookie is only for this host and https, and not for scripts',
      'src/faces/protocols/oidc/configuration.test.ts: cookies of the library are signed, HttpOnly and SameSite, and with https also Secure',
      'src/platform/http/form-token.test.ts: the token does not reveal the cookie',
    ),
    tested(
      '3.4.1',
      'every answer sets HSTS for at least a year',
      'test/every-answer.test.ts: every answer sets HSTS, nosniff and a strict referrer policy',
    ),
    tested(
      '3.4.2',
      'CORS allows only trusted origins to read sensitive answers',
      'src/faces/protocols/oidc/cors.test.ts: the server allows preflight requests with credentials only for the origins of apps',
      'src/faces/protocols/oidc/cors.test.ts: every origin can read the keys and the discovery document, without credentials',
      'test/oidc-browser.test.ts: a script of an app can read user info with credentials, and a script of another page cannot',
    ),
    tested(
      '3.4.3',
      'the Content-Security-Policy allows only trusted scripts and resources',
      'src/platform/http/headers.test.ts: a page may use only the scripts and styles of its hashes',
      'src/platform/ui/layout.test.ts: the content security policy has the hash of every style and script of the page, and no other',
      'test/every-answer.test.ts: the content security policy of every page forbids framing and plugins',
    ),
    tested(
      '3.4.4',
      'every answer forbids guessing its type (`nosniff`)',
      'test/every-answer.test.ts: every answer sets HSTS, nosniff and a strict referrer policy',
    ),
    tested(
      '3.4.5',
      'a referrer policy hides addresses from other hosts',
      'test/every-answer.test.ts: every answer sets HSTS, nosniff and a strict referrer policy',
    ),
    tested(
      '3.4.6',
      'no answer can be framed by default (`frame-ancestors`)',
      'test/every-answer.test.ts: no answer of any type can be shown in a frame',
      'src/faces/protocols/oidc/requests.test.ts: redirects also have the security headers of the server',
    ),
    tested(
      '3.5.1',
      'requests forged by other sites are refused (CSRF)',
      'src/platform/http/form-token.test.ts: a form on another site is refused, even with a good token',
      'src/faces/frame/frame.test.ts: the server accepts a form only with the cookie and the form token of the same browser',
      'src/faces/account/routes.test.ts: a form of another page or site cannot log the user out',
    ),
    excluded(
      '3.5.2',
      'protection by CORS preflights cannot be bypassed',
      'Einlass does not rely on preflights: forms have a token, and addresses without a form require a bearer token or a signed body.',
    ),
    tested(
      '3.5.3',
      'sensitive functions do not use GET or other safe methods',
      'src/login/engine/engine.test.ts: looking, an empty form and another language never move a journey',
      'src/faces/account/routes.test.ts: the logout page asks first, and opening it does not end the session',
      'src/faces/reset/link.test.ts: A22: the token leaves the address before a page is shown, and looking spends nothing',
    ),
    operator(
      '3.5.4',
      'each application has its own host name',
      'Give Einlass a host name of its own, see [proxies](proxies.md#behind-a-reverse-proxy).',
    ),
    excluded(
      '3.5.5',
      'untrusted or malformed messages from `postMessage` are discarded',
      'No page listens to messages from other origins. The service worker of the phone’s app accepts one message, and only from pages of its own origin.',
    ),
    tested(
      '3.7.1',
      'only supported and secure browser technologies are used',
      'test/every-answer.test.ts: the content security policy of every page forbids framing and plugins',
    ),
    tested(
      '3.7.2',
      'redirects to other hosts lead only to listed addresses',
      'src/faces/protocols/oidc/address-attacks.test.ts: A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else',
      'src/faces/protocols/oidc/address-attacks.test.ts: A27: the server refuses a logout to an address that is not exactly a registered one',
      'src/login/engine/continuation.test.ts: a continuation can lead only to a path on this server (A27)',
      'src/faces/protocols/wsfed/request.test.ts: A27: an address that only begins like one of the app is refused',
    ),
  ],
}
