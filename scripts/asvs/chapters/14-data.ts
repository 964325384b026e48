import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const sealed =
  'src/platform/storage/sealed-columns.test.ts: the list has exactly the sealed columns of the schema'

export const data: Chapter = {
  title: 'Data',
  requirements: [
    documented(
      '14.1.1',
      'sensitive data are listed, by level',
      'docs/privacy.md#levels-of-protection',
    ),
    documented('14.1.2', 'each level has its rules', 'docs/privacy.md#levels-of-protection'),
    tested(
      '14.2.1',
      'no page has a secret in its address',
      'src/faces/reset/link.test.ts: A22: the token leaves the address before a page is shown, and looking spends nothing',
      'src/faces/report/pages.test.ts: the server removes the secret of a link from the address before it shows a page, and no page contains it',
      'src/faces/admin/setup.test.ts: a redirect removes the secret of a link from the address, and no page contains it',
    ),
    tested(
      '14.2.2',
      'nothing personal is stored between server and browser',
      'test/every-answer.test.ts: only answers of public addresses without cookies may be cached',
      'src/faces/protocols/oidc/browser-attacks.test.ts: A33: answers with a code, a token or user data have no-store',
    ),
    tested(
      '14.2.3',
      'no page tells others who is there',
      'src/platform/http/headers.test.ts: a page may use only the scripts and styles of its hashes',
      'src/faces/authenticator/routes.test.ts: the content security policy of the app allows only its own files and the configured servers',
    ),
    tested(
      '14.2.4',
      'data are protected as their level says',
      sealed,
      'src/platform/kernel/json-log.test.ts: no secret is logged from …',
      'src/cli/user-export.test.ts: a user export contains no column with a secret',
    ),
    unmet(
      '14.3.1',
      'browsers forget everything after a logout',
      'After a logout the cache is emptied (`Clear-Site-Data`), and pages in other tabs are loaded again by a script. A page of a session that ended elsewhere, or by the logout of an app, shows what it has until it is loaded again.',
      'test/logout-forgets.test.ts: a logout clears the cache of the browser and does not change the stored data of the phone’s app',
      'test/logout-forgets.test.ts: account pages in other tabs go to the login after a logout',
      'test/login-pages.test.ts: every page is in the language of the browser and must not be cached',
    ),
    tested(
      '14.3.2',
      'browsers store no page',
      'test/login-pages.test.ts: every page is in the language of the browser and must not be cached',
      'test/every-answer.test.ts: only answers of public addresses without cookies may be cached',
    ),
    tested(
      '14.3.3',
      'browsers store no secret but tokens of sessions',
      'src/identity/limits/known-browsers.test.ts: the cookie has no user id in plain text, and remembers only the last four users',
      'src/faces/frame/sealed-cookies.test.ts: a sealed cookie can be read only with its own name, browser and key',
      'test/authenticator-keys.test.ts: a script in the page cannot export a key or reach a page of another origin',
    ),
  ],
}
