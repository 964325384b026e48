import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const sealed =
  'src/platform/storage/sealed-columns.test.ts: every sealed column of the schema is in the list, and the list has no other'

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
      'src/faces/report/pages.test.ts: the secret of a link leaves the address before a page is shown, and no page has it',
      'src/faces/admin/setup.test.ts: the secret of a link leaves the address before a page is shown, and no page has it',
    ),
    tested(
      '14.2.2',
      'nothing personal is stored between server and browser',
      'test/every-answer.test.ts: an answer that anybody may keep is the same for everybody',
      'src/faces/protocols/oidc/browser-attacks.test.ts: A33: no answer with a code, a token or a person in it is kept by a browser or a proxy',
    ),
    tested(
      '14.2.3',
      'no page tells others who is there',
      'src/platform/http/headers.test.ts: a page runs what its hashes name and nothing else',
      'src/faces/authenticator/routes.test.ts: the app runs only its own files, and talks only to servers that are named',
    ),
    tested(
      '14.2.4',
      'data are protected as their level says',
      sealed,
      'src/platform/kernel/json-log.test.ts: no secret is logged from …',
      'src/cli/user-export.test.ts: no column that holds a secret is handed out',
    ),
    unmet(
      '14.3.1',
      'browsers forget everything after a logout',
      'After a logout the cache is emptied (`Clear-Site-Data`), and pages in other tabs are loaded again by a script. A page of a session that ended elsewhere, or by the logout of an app, shows what it has until it is loaded again.',
      'test/logout-forgets.test.ts: a logout empties the cache of the browser and touches nothing that the phone’s app stores',
      'test/logout-forgets.test.ts: pages of the account in other tabs show nothing of it after a logout',
      'test/login-pages.test.ts: every page is in the language of the browser and is kept by nobody',
    ),
    tested(
      '14.3.2',
      'browsers store no page',
      'test/login-pages.test.ts: every page is in the language of the browser and is kept by nobody',
      'test/every-answer.test.ts: an answer that anybody may keep is the same for everybody',
    ),
    tested(
      '14.3.3',
      'browsers store no secret but tokens of sessions',
      'src/identity/limits/known-browsers.test.ts: the cookie has no personal data in the clear and fits the rules for cookies',
      'src/faces/frame/sealed-cookies.test.ts: what a cookie says is read where it belongs, and nowhere else',
      'test/authenticator-keys.test.ts: script in the page exports no key, and hands none to a page of another origin',
    ),
  ],
}
