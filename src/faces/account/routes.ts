/**
 * A person's own pages: their apps, their account, and the logout. Owns the addresses `/`, `/account`, `/logout` and
 * `/forgot-password`; each area below `/account` has its own file.
 */
import { declarePages, type FaceRoute } from '../frame/route.ts'
import { type ActivityOptions, createActivityPage } from './activity.ts'
import { type ArrangeOptions, createArrange } from './arrange.ts'
import { createAuthenticatorPages } from './authenticators.ts'
import { createHome, type HomeOptions } from './home.ts'
import { createLogout, type LogoutOptions } from './logout.ts'
import { createOverview, type OverviewOptions } from './overview.ts'
import type { AuthenticatorsOptions } from './own-authenticators.ts'
import { createOwnPages, type OwnPagesOptions } from './own-pages.ts'
import { createPasswordPages, type PasswordPagesOptions } from './password.ts'
import { createSessionPages, type SessionPagesOptions } from './sessions.ts'

export type AccountOptions = OwnPagesOptions &
  HomeOptions &
  ArrangeOptions &
  OverviewOptions &
  AuthenticatorsOptions &
  PasswordPagesOptions &
  SessionPagesOptions &
  ActivityOptions &
  LogoutOptions

export function createAccountPages(options: AccountOptions) {
  const own = createOwnPages(options)
  return {
    home: createHome(options, own),
    arrange: createArrange(options, own),
    overview: createOverview(options, own),
    logout: createLogout(options),
    activity: createActivityPage(options, own),
    authenticators: createAuthenticatorPages(options, own),
    password: createPasswordPages(options, own),
    sessions: createSessionPages(options, own),
  }
}

export type AccountPages = ReturnType<typeof createAccountPages>

const { get, post } = declarePages<AccountPages>()

const firstPages: readonly FaceRoute<AccountPages>[] = [
  get('/', 'the apps of a person', ({ home }, context) => home.home(context)),
  get('/account/apps', 'ask in which order the apps of a person are', ({ arrange }, context) =>
    arrange.show(context),
  ),
  post('/account/apps', 'arrange the apps of a person', ({ arrange }, context) =>
    arrange.change(context),
  ),
  get('/account', 'a person and their account', ({ overview }, context) =>
    overview.account(context),
  ),
  get(
    '/account/second-factor/offer-again',
    'ask whether to take a decline back',
    ({ home }, context) => home.askToUndoDecline(context),
  ),
  post('/account/second-factor/offer-again', 'take a decline back', ({ home }, context) =>
    home.undoDecline(context),
  ),
  get('/account/password', 'ask for a new password', ({ password }, context) =>
    password.ask(context),
  ),
  post('/account/password', 'change a password', ({ password }, context) =>
    password.change(context),
  ),
  get('/account/activity', 'what happened in an account', ({ activity }, context) =>
    activity.show(context),
  ),
  get('/logout', 'ask whether to log out', ({ logout }, context) => logout.ask(context)),
  post('/logout', 'log out', ({ logout }, context) => logout.logOut(context)),
  get(
    '/logout/apps/:id/frames/:index',
    'a frame that logs out at an app',
    ({ logout }, context, { id, index }) =>
      logout.lead(context, { id, place: 'frame', index: Number(index) }),
  ),
  get(
    '/logout/apps/:id/window',
    'a window that logs out at an app',
    ({ logout }, context, { id }) => logout.lead(context, { id, place: 'window', index: 0 }),
  ),
]

const authenticatorPages: readonly FaceRoute<AccountPages>[] = [
  get('/account/authenticators', 'the authenticators of a person', ({ authenticators }, context) =>
    authenticators.list(context),
  ),
  get('/account/authenticators/add', 'ask what to enrol', ({ authenticators }, context) =>
    authenticators.askWhat(context),
  ),
  get(
    '/account/authenticators/add/:kind',
    'ask for an enrolment',
    ({ authenticators }, context, { kind }) => authenticators.askToAdd(context, kind),
  ),
  post(
    '/account/authenticators/add/:kind',
    'begin an enrolment',
    ({ authenticators }, context, { kind }) => authenticators.add(context, kind),
  ),
  get('/account/authenticators/:id', 'one authenticator', ({ authenticators }, context, { id }) =>
    authenticators.one(context, id),
  ),
  get(
    '/account/authenticators/:id/rename',
    'ask for a new name',
    ({ authenticators }, context, { id }) => authenticators.askName(context, id),
  ),
  post(
    '/account/authenticators/:id/rename',
    'rename an authenticator',
    ({ authenticators }, context, { id }) => authenticators.rename(context, id),
  ),
  post(
    '/account/authenticators/:id/test',
    'send a test push',
    ({ authenticators }, context, { id }) => authenticators.tryOut(context, id),
  ),
  get(
    '/account/authenticators/:id/replace',
    'ask for a replacement',
    ({ authenticators }, context, { id }) => authenticators.askToReplace(context, id),
  ),
  post(
    '/account/authenticators/:id/replace',
    'begin a replacement',
    ({ authenticators }, context, { id }) => authenticators.replace(context, id),
  ),
  get(
    '/account/authenticators/:id/remove',
    'ask whether to remove an authenticator',
    ({ authenticators }, context, { id }) => authenticators.askToRemove(context, id),
  ),
  post(
    '/account/authenticators/:id/remove',
    'remove an authenticator',
    ({ authenticators }, context, { id }) => authenticators.remove(context, id),
  ),
]

const sessionPages: readonly FaceRoute<AccountPages>[] = [
  get('/account/sessions', 'where a person is logged in', ({ sessions }, context) =>
    sessions.list(context),
  ),
  post('/account/sessions/end-others', 'end all other sessions', ({ sessions }, context) =>
    sessions.endOthers(context),
  ),
  post('/account/sessions/:id/end', 'end one session', ({ sessions }, context, { id }) =>
    sessions.end(context, id),
  ),
]

export const accountRoutes: readonly FaceRoute<AccountPages>[] = [
  ...firstPages,
  ...authenticatorPages,
  ...sessionPages,
]
