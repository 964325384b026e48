/** Pages outside of a journey: the apps of a person, logout, first start, ends and errors. */

import { arrangePage } from '../../src/faces/account/pages/arrange.ts'
import { homePage } from '../../src/faces/account/pages/home.ts'
import { loggedOutAppsPage } from '../../src/faces/account/pages/logged-out.ts'
import type { AppTile } from '../../src/faces/account/pages/tile.ts'
import { setupDonePage, setupPage, setupUsedPage } from '../../src/faces/admin/setup-pages.ts'
import { templates } from '../../src/faces/apps/templates/index.ts'
import {
  appErrorPage,
  claimMissingPage,
  cookiesOffPage,
  errorPage,
  forgotPasswordPage,
  formPostPage,
  forwardPage,
  journeyEndPage,
  levelMissingPage,
  loggedOutPage,
  logoutPage,
  notAllowedPage,
  openAgainPage,
  overInteractionPage,
} from '../../src/faces/frame/pages.ts'
import { notMeDonePage, notMeGonePage, notMePage } from '../../src/faces/report/pages.ts'
import { neededPage, readyPage, storesPage } from '../../src/faces/start/pages.ts'
import { type FaultCode, faultStatus } from '../../src/platform/kernel/fault.ts'
import { message } from '../../src/platform/ui/message.ts'
import type { Page } from '../../src/platform/ui/page.ts'
import { brand, longApp, longDevice, now, type Scene } from './scene.ts'

const { support } = brand
const href = 'https://app.beispiel.example/'

const apps: AppTile[] = [
  'Webmail',
  'Portal',
  'Angebot',
  'Lernwelt',
  longApp,
  'Ärzteverzeichnis und Gesundheitsportal',
].map((name, index) => ({ id: `app-${index}`, name, href }))

const foreseen = [undefined, 'verify', undefined, 'enrol', 'enrol_stronger'] as const

/** As many as some houses have: of templates, with initials, with long names, and what they ask. */
const manyApps: AppTile[] = Array.from({ length: 40 }, (_, index): AppTile => {
  const template = templates[index % 9]
  const asked = foreseen[index % 5]
  const name = template?.title ?? apps[index % 6]?.name ?? ''
  return {
    id: `app-${index}`,
    name: index < 9 ? name : `${name} ${index}`,
    href,
    ...(template && { drawing: template.icon }),
    ...(asked && { foreseen: asked }),
  }
})

const app = { name: 'Portal', startUrl: 'https://app.beispiel.example/' }
const setup = { action: '/setup', formToken: 'form-token', minLength: 15, sendsMail: true }
const formPost = { action: 'https://app.beispiel.example/callback', fields: { code: 'x' } }
const leftApps = (['logged_out', 'asked', 'under_way', 'tried_again', 'not_reached'] as const).map(
  (state) => ({
    ...{ id: state, name: `Portal ${state.length}`, state },
    ...(state === 'not_reached' && { windowUrl: '/logout/apps/5/window' }),
  }),
)
const home = {
  name: 'Erika Mustermann',
  apps,
  count: apps.length,
  arrangeUrl: '/account/apps',
  accountUrl: '/account',
  logoutUrl: '/logout',
}
const manyHome = { ...home, apps: manyApps, count: manyApps.length }
const arranging = { apps: manyApps.slice(0, 12), formToken: 'form-token', isArranged: true }

/** As it stays without scripts. */
const withoutScripts = (page: Page): Page => ({ ...page, scripts: [] })

const otherScenes: readonly Scene[] = [
  {
    name: 'start',
    page: (t) =>
      neededPage(
        {
          apps: [message('other.authenticator'), message('store.app')],
          store: {
            app: message('store.app'),
            url: 'https://login.beispiel.example/start/app',
          },
          setUpUrl: '/start/set-up',
        },
        t,
      ),
  },
  {
    name: 'start-no-app',
    page: (t) => neededPage({ apps: [], store: undefined, setUpUrl: '/start/set-up' }, t),
  },
  {
    name: 'start-ready',
    page: (t) =>
      readyPage(
        {
          authenticators: [
            { id: 'a', kind: 'push', name: 'Erikas iPhone', canBeTested: true },
            { id: 'b', kind: 'push', name: longDevice, canBeTested: true },
            { id: 'c', kind: 'passkey', name: null },
          ],
          first: 'push',
          unmade: 'recovery',
          formToken: 'form-token',
        },
        t,
      ),
  },
  {
    name: 'start-stores',
    page: (t) =>
      storesPage({ iosUrl: 'https://ios.example/', androidUrl: 'https://a.example/' }, t),
  },
  { name: 'home', page: (t) => homePage(home, t) },
  {
    name: 'home-declined',
    page: (t) => homePage({ ...home, declined: { at: now, href: '/account/undo' } }, t),
  },
  { name: 'home-undone', page: (t) => homePage({ ...home, declineUndone: true }, t) },
  { name: 'home-empty', page: (t) => homePage({ ...home, apps: [], count: 0 }, t) },
  { name: 'home-one', page: (t) => homePage({ ...home, apps: apps.slice(0, 1), count: 1 }, t) },
  { name: 'home-many', page: (t) => homePage({ ...manyHome, recent: manyApps.slice(3, 6) }, t) },
  {
    name: 'home-found',
    page: (t) => homePage({ ...manyHome, apps: manyApps.slice(0, 2), search: 'Gi' }, t),
  },
  {
    name: 'home-none',
    page: (t) => homePage({ ...manyHome, apps: [], search: 'Kalender' }, t),
  },
  { name: 'arrange', page: (t) => arrangePage(arranging, t) },
  {
    name: 'arrange-moved',
    page: (t) => arrangePage({ ...arranging, moved: { id: 'app-3', by: 'up' } }, t),
  },
  {
    name: 'form-post',
    page: (t) => withoutScripts(formPostPage({ app: 'Webmail', ...formPost, purpose: 'login' }, t)),
  },
  {
    name: 'form-post-error',
    page: (t) => withoutScripts(formPostPage({ app: longApp, ...formPost, purpose: 'error' }, t)),
  },
  {
    name: 'form-post-logout',
    page: (t) => withoutScripts(formPostPage({ app: longApp, ...formPost, purpose: 'logout' }, t)),
  },
  {
    name: 'form-post-logged-out',
    page: (t) =>
      withoutScripts(formPostPage({ app: 'Webmail', ...formPost, purpose: 'logged_out' }, t)),
  },
  {
    name: 'logout',
    page: (t) => logoutPage({ action: '/logout', formToken: 'x', cancelUrl: '/' }, t),
  },
  {
    name: 'logged-out-apps',
    page: (t) =>
      loggedOutAppsPage(
        [
          { id: '1', name: 'Webmail', state: 'logged_out' },
          { id: '2', name: longApp, state: 'asked' },
        ],
        t,
      ),
  },
  {
    name: 'logged-out-apps-open',
    page: (t) => loggedOutAppsPage(leftApps, t),
  },
  {
    name: 'not-allowed',
    page: (t) =>
      notAllowedPage(
        { appName: longApp, username: 'erika', otherLoginUrl: '/login', backUrl: '/', support },
        t,
      ),
  },
  {
    name: 'claim-missing',
    page: (t) => claimMissingPage({ appName: 'Outlook', username: 'erika', support }, t),
  },
  { name: 'level-missing', page: (t) => levelMissingPage({ appName: longApp, support }, t) },
  { name: 'over-signed-in', page: (t) => overInteractionPage({ isSignedIn: true, app }, t) },
  { name: 'over', page: (t) => overInteractionPage({ isSignedIn: false, app }, t) },
  { name: 'over-no-app', page: (t) => overInteractionPage({ isSignedIn: false }, t) },
  { name: 'logout-done', page: (t) => loggedOutPage('/login', t) },
  { name: 'forgot', page: (t) => forgotPasswordPage({ backUrl: '/login', support }, t) },
  { name: 'forward', page: (t) => forwardPage({ app: 'Webmail', href: '#main' }, t) },
  { name: 'cookies-off', page: (t) => cookiesOffPage('/login', t) },
  { name: 'link-closed', page: (t) => openAgainPage({ takesCookies: true, support }, t) },
  { name: 'link-cookies-off', page: (t) => openAgainPage({ takesCookies: false, support }, t) },
  { name: 'journey-expired', page: (t) => journeyEndPage('expired', '/login', t) },
  { name: 'journey-ended', page: (t) => journeyEndPage('ended', '/login', t) },
  { name: 'journey-closed', page: (t) => journeyEndPage('closed', '/account/authenticators', t) },
  {
    name: 'app-error',
    page: (t) =>
      appErrorPage(
        { code: 'invalid_request', description: 'redirect_uri is not registered', support },
        t,
      ),
  },
  {
    name: 'app-error-logout',
    page: (t) => appErrorPage({ code: 'unsigned', support, isLogout: true }, t),
  },
  {
    name: 'not-me',
    page: (t) =>
      notMePage(
        {
          action: '/not-me',
          formToken: 'form-token',
          title: message('not_me.title'),
          lead: message('not_me.lead'),
          rows: [
            { label: message('facts.time'), value: message('facts.moment', { at: now }) },
            { label: message('facts.app'), value: longApp },
            {
              label: message('facts.browser'),
              value: message('browser.on', { browser: 'Firefox', system: 'Windows' }),
            },
            { label: message('facts.address'), value: '192.0.2.7' },
          ],
          consequences: [
            message('not_me.then.attempt'),
            message('not_me.then.sessions'),
            message('not_me.then.password'),
            message('not_me.then.push', { wait: 900 }),
          ],
        },
        t,
      ),
  },
  {
    name: 'not-me-done',
    page: (t) =>
      notMeDonePage(
        {
          sentences: [
            message('not_me.done.password'),
            message('not_me.done.push', { at: now + 900_000 }),
          ],
          loginUrl: '/login',
        },
        t,
      ),
  },
  {
    name: 'not-me-elsewhere',
    page: (t) =>
      notMePage(
        {
          action: '/not-me',
          formToken: 'form-token',
          title: message('not_me.title'),
          lead: message('not_me.lead'),
          rows: [{ label: message('facts.time'), value: message('facts.moment', { at: now }) }],
          consequences: [
            message('not_me.then.attempt'),
            message('not_me.then.sessions'),
            message('not_me.then.password.elsewhere'),
          ],
        },
        t,
      ),
  },
  {
    name: 'not-me-elsewhere-done',
    page: (t) =>
      notMeDonePage(
        {
          sentences: [
            message('not_me.done.text'),
            message('not_me.done.password.elsewhere'),
            message('not_me.done.push', { at: now + 900_000 }),
          ],
          loginUrl: '/login',
        },
        t,
      ),
  },
  {
    name: 'not-me-bound',
    page: (t) =>
      notMePage(
        {
          action: '/not-me',
          formToken: 'form-token',
          title: message('not_me.title.bound'),
          lead: message('not_me.lead.bound'),
          rows: [
            { label: message('mail.fact.factor'), value: message('factor.push') },
            { label: message('mail.fact.device'), value: 'Pixel 9 Pro XL (dienstlich)' },
            { label: message('facts.time'), value: message('facts.moment', { at: now }) },
          ],
          consequences: [
            message('not_me.then.bound', { names: 'Pixel 9 Pro XL (dienstlich)' }),
            message('not_me.then.sessions'),
            message('not_me.then.password'),
            message('not_me.then.none_left'),
          ],
        },
        t,
      ),
  },
  {
    name: 'not-me-bound-done',
    page: (t) =>
      notMeDonePage({ sentences: [message('not_me.done.bound.password')], loginUrl: '/login' }, t),
  },
  { name: 'not-me-removed', page: (t) => notMeGonePage('removed', support, t) },
  { name: 'not-me-used', page: (t) => notMeGonePage('used', support, t) },
  { name: 'not-me-expired', page: (t) => notMeGonePage('expired', support, t) },
  { name: 'not-me-unknown', page: (t) => notMeGonePage('unknown', support, t) },
  { name: 'setup', page: (t) => setupPage(setup, t) },
  { name: 'setup-no-mail', page: (t) => setupPage({ ...setup, sendsMail: false }, t) },
  {
    name: 'setup-refused',
    page: (t) =>
      setupPage(
        {
          ...setup,
          values: { username: 'admin', displayName: 'Erika Mustermann' },
          mistakes: { password: message('password.refused.too_short', { min: 12 }) },
        },
        t,
      ),
  },
  { name: 'setup-used', page: setupUsedPage },
  { name: 'setup-done', page: (t) => setupDonePage('/login', t) },
]

const codes = Object.keys(faultStatus) as FaultCode[]
const errorScenes = codes.map(
  (code): Scene => ({
    name: `error-${code}`,
    page: (t) => errorPage({ code, reference: 'K7QM3XPA', support }, t),
  }),
)

/** As at `/oidc/auth` while the database is away: the request of the app can be sent again, and no line of the log is of it alone. */
const outage: Scene = {
  name: 'error-unavailable-app',
  page: (t) => {
    const link = { href: '/oidc/auth?client_id=wiki', label: message('error.unavailable.again') }
    return errorPage({ code: 'unavailable', support, link }, t)
  },
}

export const pageScenes: readonly Scene[] = [...otherScenes, ...errorScenes, outage]
