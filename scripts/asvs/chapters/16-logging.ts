import { type Chapter, documented, tested } from '../requirement.ts'

export const logging: Chapter = {
  title: 'Logs and errors',
  requirements: [
    documented(
      '16.1.1',
      'what is logged, where and how long is documented',
      'docs/operations.md#logs',
    ),
    tested(
      '16.2.1',
      'an event says when, where, who and what',
      'src/identity/audit/audit.test.ts: an event says what, when and which facts',
      'src/login/journeys/finish.test.ts: a login writes down its level and why it is not higher',
    ),
    tested(
      '16.2.2',
      'clocks agree, and times are UTC',
      'src/platform/storage/clock-watch.test.ts: A43: a clock is off beyond 10 seconds, and wrong from a minute on, whichever of both is ahead',
      'src/identity/notify/transport/syslog.test.ts: a syslog message is one line of ASCII in the form of RFC 5424',
    ),
    tested(
      '16.2.3',
      'events go only where the configuration says',
      'src/identity/audit/stream/stream.test.ts: a receiver gets the types that it waits for',
      'test/telemetry.test.ts: without a configuration nobody listens to pieces, so that they cost nothing',
    ),
    tested(
      '16.2.4',
      'logs have a common form',
      'src/identity/notify/transport/syslog.test.ts: a syslog message is one line of ASCII in the form of RFC 5424',
      'src/cli/audit-list.test.ts: events are lines, oldest first, and JSON lines with their place in the chain',
    ),
    tested(
      '16.2.5',
      'no secret is logged',
      'src/platform/kernel/json-log.test.ts: no secret is logged from …',
      "src/login/factors/password/step.test.ts: A39: a password in the name field reaches neither the audit nor the throttle's table",
    ),
    tested(
      '16.3.1',
      'all logins are logged, right and wrong',
      'src/login/journeys/finish.test.ts: a login writes down its level and why it is not higher',
      'src/identity/limits/failed-logins.test.ts: wrong passwords for one name from one network are one event at once and one a minute',
      'src/login/factors/right-password.test.ts: A51: wrong codes of an app after a right password are seen, and a few are a mail',
    ),
    tested(
      '16.3.2',
      'who may not do something is logged',
      'src/login/decision/refusals.test.ts: a refusal is written at once and counted, and a page that is reloaded is one event a minute',
      'test/refused-requests.test.ts: what each protocol refuses is a number and an audit event, in which nothing is that a stranger wrote',
    ),
    tested(
      '16.3.3',
      'attempts to get around controls are logged',
      'src/faces/frame/frame.test.ts: forged forms are counted, and in the log once for each route, with nothing that their sender wrote',
      'src/login/journeys/spraying.test.ts: A49: one password for 600 names from 600 networks is one alert, and their owners get in',
      'src/faces/protocols/refusals.test.ts: A48: requests that are refused again and again are one audit event, and one every ten minutes',
    ),
    tested(
      '16.3.4',
      'unexpected errors are logged',
      'src/faces/frame/frame.test.ts: what nobody expected is a page without its message and stack',
      'src/faces/dispatch.test.ts: a request that fails without a page is in the log with the pattern of its path',
      'src/login/factors/push/delivery.test.ts: a sender that fails is told to the log with its reason and never with the message',
    ),
    tested(
      '16.4.1',
      'no input forges a line of a log',
      'src/identity/audit/audit.test.ts: A39: hostile text becomes one short line',
      'src/cli/audit-list.test.ts: control characters of a fact stay one line',
      'src/identity/notify/stream/receivers.test.ts: structured data cannot be left by a value, and the message is the event as it is exported',
    ),
    tested(
      '16.4.2',
      'who changes the log is found out',
      'src/identity/audit/attacks.test.ts: A50: a change of any column of any of 10,000 events is found',
      'src/identity/audit/attacks.test.ts: A50: a log that was rewritten without the key is found',
      'src/platform/storage/sqlite.test.ts: the database file is for its owner only',
    ),
    tested(
      '16.4.3',
      'events are sent to another machine, encrypted',
      'test/audit-syslog.test.ts: what happens is a moment later at a syslog server that wants a certificate, in the order of the chain',
      'src/identity/audit/heads.test.ts: A50: a log that lost its end, or all, is found by an exported head',
    ),
    tested(
      '16.5.1',
      'errors tell nothing of the inside',
      'src/faces/frame/frame.test.ts: what nobody expected is a page without its message and stack',
      'test/bad-input.test.ts: garbage on every address is never an error of the server',
    ),
    tested(
      '16.5.2',
      'what is away elsewhere stops little',
      'src/login/factors/approval/sending/breaker.test.ts: five failures within half a minute open it',
      'test/trouble.test.ts: while PostgreSQL is lost, people and phones are told so, and then everything goes on',
      'src/identity/notify/mail/queue.test.ts: a mail server that is gone for an hour gets each mail when it is back',
    ),
    tested(
      '16.5.3',
      'an error never lets anybody in',
      'src/login/engine/engine.test.ts: a finish that fails leaves nothing',
      'src/identity/limits/throttle.test.ts: where wrong tries cannot be counted, each key has one, and it is counted later',
      'src/identity/policy/effective.test.ts: groups are read where the rule depends on them, and one that cannot be read lets nobody in',
    ),
  ],
}
