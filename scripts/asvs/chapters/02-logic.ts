import { type Chapter, documented, tested } from '../requirement.ts'

export const logic: Chapter = {
  title: 'Validation and business logic',
  requirements: [
    documented('2.1.1', 'rules for valid input are documented', 'docs/input.md'),
    documented(
      '2.1.2',
      'rules for which values fit together are documented',
      'docs/assurance.md#rules',
    ),
    documented(
      '2.1.3',
      'business logic limits are documented, per user and globally',
      'docs/users.md#too-many-attempts',
    ),
    tested(
      '2.2.1',
      'input is checked against the expected values or structure',
      'test/bad-input.test.ts: … … is refused',
      'test/bad-input.test.ts: random requests to every address never cause a server error or a change in the database',
      'src/platform/http/body.test.ts: any text is either fields or a bad request',
      'src/platform/config/load.test.ts: any tree of values is a configuration or a list of mistakes',
    ),
    tested(
      '2.2.2',
      'input is checked on the server, not only in browsers',
      'test/bad-input.test.ts: random values in a valid form never cause a server error or a change in the database',
      'src/faces/account/password.test.ts: the page says why it refuses a new password, and nothing is changed',
    ),
    tested(
      '2.2.3',
      'combinations of values that do not fit are refused',
      'src/faces/protocols/oidc/client-options.test.ts: the server refuses contradictory and invalid settings at the field that causes the problem',
      'src/platform/config/load.test.ts: conflicts between sections and missing keys are reported with all other mistakes',
    ),
    tested(
      '2.3.1',
      'steps happen in order, and no step is skipped',
      'src/login/login.test.ts: whatever people, browsers and phones do, no session is worth more than what was proven',
      'src/login/reset/walks.test.ts: A22: no order of browser actions changes a password without spending a link, or removes a second factor',
    ),
    tested(
      '2.3.2',
      'the documented business logic limits are enforced',
      'src/login/factors/push/attacks.test.ts: A1: fifty logins in ten minutes, on two nodes and over a restart, send three messages; a day sends ten',
      'src/faces/reset/request.test.ts: one user gets three mails an hour, by whatever spelling, and the last link stays',
      'src/login/decision/choices.test.ts: A10: with one skip left, only one of 20 simultaneous skips on two nodes is accepted',
    ),
    tested(
      '2.3.3',
      'an operation succeeds completely or is rolled back',
      'src/login/engine/engine.test.ts: a write that fails in the middle leaves nothing',
      'src/identity/audit/audit.test.ts: an event and its change are written together or not at all',
      'test/trouble.test.ts: a full disk leaves no login half-written, and logins work again when there is space',
    ),
    tested(
      '2.3.4',
      'a limited resource cannot be used twice (locking)',
      'src/platform/storage/storage.test.ts: when many updates consume one one-time link, exactly one succeeds',
      'test/races.test.ts: A3: of 200 simultaneous answers to two servers one is recorded, and only its repeats are accepted',
      'test/races.test.ts: 200 submits of one page to two servers move the journey once, into one session with one proof of each factor',
    ),
    tested(
      '2.4.1',
      'automated and excessive calls are limited',
      'test/flood.test.ts: A46: while 1,000 networks and one /48 send wrong passwords, users in known browsers can log in',
      'test/filling.test.ts: A48: app requests and wrong names from 600 networks add a limited number of rows and of bytes in the log',
      'src/login/journeys/filling.test.ts: A48: a thief with one password can begin only a limited number of logins, and the owner can still log in',
    ),
  ],
}
