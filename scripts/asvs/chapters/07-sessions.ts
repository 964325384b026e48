import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const store = 'src/identity/sessions/sessions.test.ts'
const account = 'src/faces/account'

export const sessions: Chapter = {
  title: 'Sessions',
  requirements: [
    documented(
      '7.1.1',
      'idle limit and maximum lifetime of sessions are documented',
      'docs/configuration.md#sessions',
    ),
    documented(
      '7.1.2',
      'limits on parallel sessions of one user are documented',
      'docs/account.md#who-can-open-the-pages',
    ),
    documented(
      '7.1.3',
      'session lifetimes and logout across apps are documented',
      'docs/apps/openid-connect.md',
    ),
    tested(
      '7.2.1',
      'the server verifies each session token',
      `${store}: a token finds its session and the user it stands for`,
      'src/faces/account/routes.test.ts: without a session the start page and the account pages lead to the login',
    ),
    tested(
      '7.2.2',
      'session tokens are generated dynamically, not static',
      `${store}: a token finds its session and the user it stands for`,
      `${store}: A24: a stronger proof changes the token and keeps the session`,
    ),
    tested(
      '7.2.3',
      'session tokens are random, with at least 128 bits',
      `${store}: a token finds its session and the user it stands for`,
      'src/platform/kernel/random.test.ts: no random bytes are returned twice or shared between callers',
      'test/dangerous-calls.test.ts: only known source files build SQL, code, HTML or commands from text, or use weak cryptography',
    ),
    tested(
      '7.2.4',
      'a login replaces the session token with a new one',
      'src/login/journeys/finish.test.ts: a login of the same person renews the session under a new token',
      'src/login/journeys/finish.test.ts: a login of another person ends the session of this browser and tells so',
      `${store}: A24: a stronger proof changes the token and keeps the session`,
    ),
    tested(
      '7.3.1',
      'sessions end after a time without use',
      `${store}: an idle session ends at the idle limit`,
    ),
    tested(
      '7.3.2',
      'sessions end after a maximum lifetime',
      `${store}: a session ends at its absolute limit, however active it is`,
    ),
    tested(
      '7.4.1',
      'an ended session can no longer be used',
      `${account}/routes.test.ts: logging out ends the session, notifies the listeners and deletes the cookie`,
      'src/faces/protocols/oidc/tokens.test.ts: after the end of a login its tokens and codes are refused',
      'test/forward-auth-wire.test.ts: the end of a session or the removal of the app ends the access at once',
    ),
    tested(
      '7.4.2',
      'sessions end when the user is disabled or removed',
      'src/cli/user.test.ts: disabling a user ends all sessions and makes new ones invalid until the user is enabled; both have audit events',
      'src/cli/user.test.ts: removing a user deletes all their data, and the audit log still names the user',
      'test/openldap-sessions.test.ts: the sessions of a user who was locked for good or removed end',
      'src/faces/scim/routes.test.ts: a user who is deactivated loses every session at once, and can come back',
    ),
    tested(
      '7.4.3',
      'after a factor changes, other sessions can be ended',
      `${account}/password.test.ts: a new password ends all other sessions, and this session continues`,
      `${account}/removal.test.ts: a removed phone takes the other sessions with it that stand on it`,
      `${account}/sessions.test.ts: a user can end all other sessions, and the current session continues`,
    ),
    tested(
      '7.4.4',
      'every page behind a login offers a logout',
      `${account}/routes.test.ts: each account page has a link to the logout`,
      `${account}/routes.test.ts: the logout page asks first, and opening it does not end the session`,
    ),
    tested(
      '7.4.5',
      'administrators can end the sessions of a user',
      'src/cli/desk.test.ts: session list shows where a user is logged in, and session end ends one or all of them',
    ),
    unmet(
      '7.5.1',
      'sensitive account changes require full re-authentication',
      'Authenticators and recovery codes need a proof of that change. For a new password, the current one and a login of the last 15 minutes with the strongest factor are enough ([account](account.md)).',
      `${account}/stolen-cookie.test.ts: A54: a stolen cookie of a person … changes nothing that the person confirms with`,
      `${account}/authenticators.test.ts: a change asks for the proof in its own journey, whatever the session has proven`,
      `${account}/password.test.ts: with an old login, or one without the second factor, the user must first log in again`,
      'src/login/journeys/fresh-login.test.ts: a fresh login is one of 15 minutes and of the strongest factor',
    ),
    unmet(
      '7.5.2',
      'users see their sessions and, after re-authentication, can end them',
      'To end a session, a user needs only a session of any age, because ending a session removes access and grants none.',
      `${account}/sessions.test.ts: the page shows browser and place of each session, and marks the current session`,
      `${account}/sessions.test.ts: a user can end another session, which ends once and notifies the listeners`,
      `${account}/sessions.test.ts: a form with a wrong token ends no session, and an old login is enough to end one`,
    ),
    tested(
      '7.6.1',
      'app sessions end, and logins are repeated, as documented',
      'src/faces/protocols/oidc/oidc.test.ts: max_age asks again when the login is older',
      'src/faces/protocols/oidc/oidc.test.ts: prompt=login and max_age=0 require a new login, also after a recent one, and accept it',
      'src/faces/protocols/logouts.test.ts: the end of a session notifies every app, and an app that is down does not stop the others',
    ),
    unmet(
      '7.6.2',
      'an app session starts only after consent or user action',
      'A user with a session enters an app without a question if an administrator has added the app: this is the purpose of single sign-on. For an app that registered itself, Einlass asks the user once in each session.',
      'src/faces/protocols/oidc/registration.test.ts: …: a user gives consent to an app that registered itself once in each session',
      'src/faces/protocols/oidc/oidc.test.ts: prompt=none gives login_required without a session, and a login with one',
    ),
  ],
}
