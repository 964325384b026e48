import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const sealed =
  'src/platform/storage/sealed-columns.test.ts: the list has exactly the sealed columns of the schema'

export const data: Chapter = {
  title: 'Data',
  requirements: [
    documented(
      '14.1.1',
      'sensitive data is listed, with levels of protection',
      'docs/privacy.md#levels-of-protection',
    ),
    documented(
      '14.1.2',
      'each level of protection has documented rules',
      'docs/privacy.md#levels-of-protection',
    ),
    tested(
      '14.2.1',
      'URLs contain no sensitive data',
      'src/faces/reset/link.test.ts: A22: the token leaves the address before a page is shown, and looking spends nothing',
      'src/faces/report/pages.test.ts: the server removes the secret of a link from the address before it shows a page, and no page contains it',
      'src/faces/admin/setup.test.ts: a redirect removes the secret of a link from the address, and no page contains it',
    ),
    tested(
      '14.2.2',
      'server components do not cache sensitive data',
      'test/every-answer.test.ts: only answers of public addresses without cookies may be cached',
      'src/faces/protocols/oidc/browser-attacks.test.ts: A33: answers with a code, a token or user data have no-store',
    ),
    tested(
      '14.2.3',
      'sensitive data is not sent to untrusted parties',
      'src/platform/http/headers.test.ts: a page may use only the scripts and styles of its hashes',
      'src/faces/authenticator/routes.test.ts: the content security policy of the app allows only its own files and the configured servers',
    ),
    tested(
      '14.2.4',
      'data is protected as its level requires',
      sealed,
      'src/platform/kernel/json-log.test.ts: no secret is logged from …',
      'src/cli/user-export.test.ts: a user export contains no column with a secret',
    ),
    unmet(
      '14.3.1',
      'the browser clears user data when the session ends',
      'After a logout, the browser empties its cache (`Clear-Site-Data`), and a script reloads pages in other tabs. When a session ends elsewhere, or by the logout of an app, its open pages still show their content until they are loaded again.',
      'test/logout-forgets.test.ts: a logout clears the cache of the browser and does not change the stored data of the phone’s app',
      'test/logout-forgets.test.ts: account pages in other tabs go to the login after a logout',
      'test/login-pages.test.ts: every page is in the language of the browser and must not be cached',
    ),
    tested(
      '14.3.2',
      'browsers do not cache sensitive data',
      'test/login-pages.test.ts: every page is in the language of the browser and must not be cached',
      'test/every-answer.test.ts: only answers of public addresses without cookies may be cached',
    ),
    tested(
      '14.3.3',
      'browser storage has no sensitive data except session tokens',
      'src/identity/limits/known-browsers.test.ts: the cookie has no user id in plain text, and remembers only the last four users',
      'src/faces/frame/sealed-cookies.test.ts: a sealed cookie can be read only with its own name, browser and key',
      'test/authenticator-keys.test.ts: a script in the page cannot export a key or reach a page of another origin',
    ),
  ],
}
