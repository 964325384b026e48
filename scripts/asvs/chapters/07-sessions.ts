import { type Chapter, documented, tested, unmet } from '../requirement.ts'

const store = 'src/identity/sessions/sessions.test.ts'
const account = 'src/faces/account'

export const sessions: Chapter = {
  title: 'Sessions',
  requirements: [
    documented('7.1.1', 'how long a session lasts is documented', 'docs/configuration.md#sessions'),
    documented(
      '7.1.2',
      'how many sessions a user may have is documented',
      'docs/account.md#who-can-open-the-pages',
    ),
    documented(
      '7.1.3',
      'sessions of apps and their ends are documented',
      'docs/apps/openid-connect.md',
    ),
    tested(
      '7.2.1',
      'the server verifies each session',
      `${store}: a token finds its session and the user it stands for`,
      'src/faces/account/routes.test.ts: without a session the way leads to the login',
    ),
    tested(
      '7.2.2',
      'tokens of sessions are made anew, not fixed',
      `${store}: a token finds its session and the user it stands for`,
      `${store}: A24: a stronger proof changes the token and keeps the session`,
    ),
    tested(
      '7.2.3',
      'tokens of sessions are random, with 128 bits',
      `${store}: a token finds its session and the user it stands for`,
      'src/platform/kernel/random.test.ts: no random bytes are handed out twice, and none are shared',
      'test/dangerous-calls.test.ts: no source makes statements, code, markup or commands of text, or uses weak cryptography',
    ),
    tested(
      '7.2.4',
      'each login gives a new token and ends the earlier',
      'src/login/journeys/finish.test.ts: a login of the same person renews the session under a new token',
      'src/login/journeys/finish.test.ts: a login of another person ends the session of this browser and tells so',
      `${store}: A24: a stronger proof changes the token and keeps the session`,
    ),
    tested(
      '7.3.1',
      'sessions end when they are not used',
      `${store}: an idle session ends at the idle limit`,
    ),
    tested(
      '7.3.2',
      'sessions end after a time in any case',
      `${store}: a session ends at its absolute limit, however active it is`,
    ),
    tested(
      '7.4.1',
      'a session that has ended is worth nothing',
      `${account}/routes.test.ts: logging out ends the session, tells the listeners and takes the cookie away`,
      'src/faces/protocols/oidc/tokens.test.ts: when the login ends, nothing that came from it works any more',
      'test/forward-auth-wire.test.ts: the end of a session and the removal of an app close it at once',
    ),
    tested(
      '7.4.2',
      'sessions end with their user',
      'src/cli/user.test.ts: disabling ends sessions at once and is written down; enabling lets in again',
      'src/cli/user.test.ts: a removed user is gone with everything that was theirs, and the audit log still tells of them',
      'test/openldap-sessions.test.ts: the sessions of a user who was locked for good or removed end',
      'src/faces/scim/routes.test.ts: a user who is deactivated loses every session at once, and can come back',
    ),
    tested(
      '7.4.3',
      'other sessions can be ended after a change',
      `${account}/password.test.ts: a new password ends all other logins, and this one goes on`,
      `${account}/removal.test.ts: a removed phone takes the other sessions with it that stand on it`,
      `${account}/sessions.test.ts: all other sessions are ended, and this one goes on`,
    ),
    tested(
      '7.4.4',
      'every page has a logout',
      `${account}/routes.test.ts: each page of the account leads to the logout, and the dialogues that begin there do`,
      `${account}/routes.test.ts: logging out asks first, and a look at the page ends nothing`,
    ),
    tested(
      '7.4.5',
      'administrators can end sessions of a user',
      'src/cli/desk.test.ts: session list shows where a user is logged in, and session end ends one or all of them',
    ),
    tested(
      '7.5.1',
      'changes of factors need a recent login',
      `${account}/authenticators.test.ts: a login that is old or weak is asked for again, and then goes on where it was`,
      `${account}/password.test.ts: an old login, and one without the second factor, come first to the login`,
      'src/login/journeys/fresh-login.test.ts: a fresh login is one of 15 minutes and of the strongest factor',
    ),
    unmet(
      '7.5.2',
      'users see their sessions, and end them after a login',
      'Ending needs only the session, of any age: it takes away and gives nothing.',
      `${account}/sessions.test.ts: sessions are told by browser and place, and this one is marked`,
      `${account}/sessions.test.ts: one session is ended, once, and its apps are told`,
      `${account}/sessions.test.ts: a form without its token ends nothing, and an old login is enough to end one`,
    ),
    tested(
      '7.6.1',
      'apps can ask for a new login; ends reach them',
      'src/faces/protocols/oidc/oidc.test.ts: max_age asks again when the login is older',
      'src/faces/protocols/oidc/oidc.test.ts: prompt=login asks again, however fresh the login is, and accepts the new one',
      'src/faces/protocols/logouts.test.ts: every app of a session is tried at its end, and one that is away holds up no other',
    ),
    unmet(
      '7.6.2',
      'no session of an app begins without its user',
      'In a session an app of an administrator is entered without a question; that is what single sign-on is for. An app that registered itself is asked about once in each session.',
      'src/faces/protocols/oidc/registration.test.ts: …: a person lets in an app that registered itself, once in each session',
      'src/faces/protocols/oidc/oidc.test.ts: prompt=none says login_required without a login and lets in with one',
    ),
  ],
}
