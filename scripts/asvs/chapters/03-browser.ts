import { type Chapter, excluded, operator, tested, unmet } from '../requirement.ts'

export const browser: Chapter = {
  title: 'Browsers',
  requirements: [
    tested(
      '3.2.1',
      'no answer is shown as something else',
      'test/every-answer.test.ts: every answer is remembered as https, is of its own type, and tells no other host its address',
      'test/launcher.test.ts: a picture of an app is shown, and runs nothing when it is opened by itself',
    ),
    tested(
      '3.2.2',
      'scripts show text as text',
      'test/dangerous-calls.test.ts: no source makes statements, code, markup or commands of text, or uses weak cryptography',
    ),
    tested(
      '3.3.1',
      'cookies are Secure, with a prefix that says so',
      'src/platform/http/cookies.test.ts: over https every cookie is for this host, for https and not for scripts',
      'src/faces/protocols/oidc/requests.test.ts: behind https every cookie and every address is made for https',
    ),
    tested(
      '3.3.2',
      'cookies have the SameSite that they need',
      'src/platform/http/cookies.test.ts: over https every cookie is for this host, for https and not for scripts',
      'src/faces/protocols/oidc/configuration.test.ts: cookies of the library cannot be read by a script, come from no other site, and over https only by https',
    ),
    unmet(
      '3.3.3',
      'cookies have the prefix of this host',
      'The two cookies of an OpenID Connect request that waits have a path, and so the prefix `__Secure-`. All others have `__Host-`.',
      'src/platform/http/cookies.test.ts: over https every cookie is for this host, for https and not for scripts',
    ),
    tested(
      '3.3.4',
      'scripts read no cookie, and no page has its value',
      'src/platform/http/cookies.test.ts: over https every cookie is for this host, for https and not for scripts',
      'src/faces/protocols/oidc/configuration.test.ts: cookies of the library cannot be read by a script, come from no other site, and over https only by https',
      'src/platform/http/form-token.test.ts: the token does not tell the cookie',
    ),
    tested(
      '3.4.1',
      'every answer says to use https, for a year',
      'test/every-answer.test.ts: every answer is remembered as https, is of its own type, and tells no other host its address',
    ),
    tested(
      '3.4.2',
      'scripts of other origins read only what they may',
      'src/faces/protocols/oidc/cors.test.ts: a preflight is answered for origins of apps, with credentials, and for no other',
      'src/faces/protocols/oidc/cors.test.ts: keys and discovery are for everybody, without credentials',
      'test/oidc-browser.test.ts: a script of an app reads with credentials; one of a page that is none does not',
    ),
    tested(
      '3.4.3',
      'pages run only what their policy names',
      'src/platform/http/headers.test.ts: a page runs what its hashes name and nothing else',
      'src/platform/ui/layout.test.ts: the policy names the hash of every style and script of the page and no other',
      'test/every-answer.test.ts: every page is in no frame and loads no plugin',
    ),
    tested(
      '3.4.4',
      'browsers guess no types',
      'test/every-answer.test.ts: every answer is remembered as https, is of its own type, and tells no other host its address',
    ),
    tested(
      '3.4.5',
      'addresses are not sent to other hosts',
      'test/every-answer.test.ts: every answer is remembered as https, is of its own type, and tells no other host its address',
    ),
    tested(
      '3.4.6',
      'no answer can be put into a frame',
      'test/every-answer.test.ts: no answer, of whatever type, can be put into a frame',
      'src/faces/protocols/oidc/requests.test.ts: redirects carry our headers too, and nothing frames or opens what is in them',
    ),
    tested(
      '3.5.1',
      'forms of other sites do nothing',
      'src/platform/http/form-token.test.ts: a form on another site is refused, even with a good token',
      'src/faces/frame/frame.test.ts: a form counts only with the cookie and the token of one browser',
      'src/faces/account/routes.test.ts: a form of another page or site logs nobody out',
    ),
    excluded(
      '3.5.2',
      'what relies on preflights needs one',
      'Nothing relies on them: forms have a token, and addresses without a form need a bearer token or a signed body.',
    ),
    tested(
      '3.5.3',
      'a GET changes nothing that matters',
      'src/login/engine/engine.test.ts: looking, an empty form and another language never move a journey',
      'src/faces/account/routes.test.ts: logging out asks first, and a look at the page ends nothing',
      'src/faces/reset/link.test.ts: A22: the token leaves the address before a page is shown, and looking spends nothing',
    ),
    operator(
      '3.5.4',
      'each application has a host of its own',
      'Einlass needs a host name of its own, see [proxies](proxies.md#behind-a-reverse-proxy).',
    ),
    excluded(
      '3.5.5',
      'messages of other windows are checked',
      'No page listens to messages. The worker of the phone’s app takes one word, from pages of its own origin.',
    ),
    tested(
      '3.7.1',
      'no technology that browsers have dropped',
      'test/every-answer.test.ts: every page is in no frame and loads no plugin',
    ),
    tested(
      '3.7.2',
      'redirects lead only to known addresses',
      'src/faces/protocols/oidc/address-attacks.test.ts: A27, CVE-2024-8883, CVE-2026-3872, CVE-2026-7504, CVE-2026-9086, CVE-2024-52289: a login ends at an address of the app and nowhere else',
      'src/faces/protocols/oidc/address-attacks.test.ts: A27: a logout ends at an address of the app, or on a page of ours',
      'src/login/engine/continuation.test.ts: only a path on this server can be the place to go on (A27)',
      'src/faces/protocols/wsfed/request.test.ts: A27: an address that only begins like one of the app is refused',
    ),
  ],
}
