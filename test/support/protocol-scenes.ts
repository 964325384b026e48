/** Pages on the way into an app: the code of a device, and another account. */
import { cancelledPage, leadBackPage } from '../../src/faces/frame/cancelled-pages.ts'
import {
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
  deviceRefusedPage,
} from '../../src/faces/frame/device-pages.ts'
import { accountChoicePage } from '../../src/faces/frame/pages.ts'
import { leavingPage, unknownAppPage } from '../../src/faces/frame/unknown-app-page.ts'
import { message } from '../../src/platform/ui/message.ts'
import { longApp, now, type Scene } from './scene.ts'

const unknown = {
  ...{ action: '/sso/oidc/x/allow', cancelUrl: '/sso/oidc/x/cancel', formToken: 'x' },
  ...{ appName: 'Schachclub', place: 'schach.example', isOnDevice: false, username: 'erika' },
  scopes: ['profile', 'email'],
} as const

const support = { email: 'service@example.org', phone: '+49 30 1234567' }

const asked = { action: '/device', formToken: 'x', code: 'WDJB-MJHT', askedAt: now }

export const protocolScenes: readonly Scene[] = [
  { name: 'device-code', page: (t) => deviceCodePage({ action: '/device', formToken: 'x' }, t) },
  {
    name: 'device-code-unknown',
    page: (t) => deviceCodePage({ ...asked, problem: message('device.code.unknown') }, t),
  },
  {
    name: 'cancelled-at-app',
    page: (t) => cancelledPage({ appName: longApp, againUrl: '/adfs/ls/continue' }, t),
  },
  {
    name: 'cancelled-back',
    page: (t) => {
      const title = message('cancelled.login.title')
      return leadBackPage({ title, text: undefined, app: longApp, href: '#main' }, t)
    },
  },
  {
    name: 'device-confirm',
    page: (t) =>
      deviceConfirmPage({ ...asked, appName: 'Webmail', username: 'erika', from: 'Zentrale' }, t),
  },
  {
    name: 'device-confirm-long',
    page: (t) =>
      deviceConfirmPage(
        { ...asked, appName: longApp, username: `${'erika.'.repeat(12)}beispiel`, from: undefined },
        t,
      ),
  },
  {
    name: 'device-allowed',
    page: (t) => deviceDonePage({ appName: 'Webmail', isAllowed: true }, t),
  },
  {
    name: 'device-refused',
    page: (t) =>
      deviceRefusedPage(
        { ...asked, appName: longApp, username: 'erika', otherLoginUrl: '/login', support },
        t,
      ),
  },
  { name: 'device-denied', page: (t) => deviceDonePage({ appName: longApp, isAllowed: false }, t) },
  {
    name: 'unknown-app-leaving',
    page: (t) => leavingPage({ ...unknown, url: 'https://schach.example/callback?error=x' }, t),
  },
  {
    name: 'unknown-app-logged-out',
    page: (t) =>
      leavingPage({ ...unknown, url: 'https://schach.example/bye', isLoggedOut: true }, t),
  },
  {
    name: 'unknown-app-on-device',
    page: (t) =>
      unknownAppPage({ ...unknown, place: '127.0.0.1:49152', isOnDevice: true, scopes: [] }, t),
  },
  { name: 'unknown-app', page: (t) => unknownAppPage(unknown, t) },
  {
    name: 'unknown-app-long',
    page: (t) =>
      unknownAppPage(
        {
          ...unknown,
          ...{ appName: longApp, username: `${'erika.'.repeat(12)}beispiel` },
          place: `${'sehr-lange-unterdomain.'.repeat(4)}schach.example:8443`,
          scopes: ['profile', 'email', 'address', 'phone', 'groups'],
          policyUri: 'https://schach.example/datenschutz',
          termsUri: 'https://schach.example/nutzung',
        },
        t,
      ),
  },
  {
    name: 'account-choice',
    page: (t) =>
      accountChoicePage(
        {
          appName: longApp,
          displayName: 'Erika Mustermann',
          username: 'erika.mustermann',
          continueUrl: '/sso/oidc/x',
          otherUrl: '/login',
          cancelUrl: '/sso/oidc/x/cancel',
        },
        t,
      ),
  },
]
