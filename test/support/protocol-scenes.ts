/** Pages on the way into an app: the code of a device, and another account. */
import {
  deviceCodePage,
  deviceConfirmPage,
  deviceDonePage,
} from '../../src/faces/frame/device-pages.ts'
import { accountChoicePage } from '../../src/faces/frame/pages.ts'
import { message } from '../../src/platform/ui/message.ts'
import { longApp, now, type Scene } from './scene.ts'

const asked = { action: '/device', formToken: 'x', code: 'WDJB-MJHT', askedAt: now }

export const protocolScenes: readonly Scene[] = [
  { name: 'device-code', page: (t) => deviceCodePage({ action: '/device', formToken: 'x' }, t) },
  {
    name: 'device-code-unknown',
    page: (t) => deviceCodePage({ ...asked, problem: message('device.code.unknown') }, t),
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
  { name: 'device-denied', page: (t) => deviceDonePage({ appName: longApp, isAllowed: false }, t) },
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
