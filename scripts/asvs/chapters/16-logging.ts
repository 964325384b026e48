import { type Chapter, documented, tested } from '../requirement.ts'

export const logging: Chapter = {
  title: 'Logs and errors',
  requirements: [
    documented(
      '16.1.1',
      'what is logged, where and how long, is documented',
      'docs/operations.md#logs',
    ),
    tested(
      '16.2.1',
      'each log entry says when, where, who and what',
      'src/identity/audit/audit.test.ts: an event has its type, its time and its facts',
      'src/login/journeys/finish.test.ts: a login writes down its level and why it is not higher',
    ),
    tested(
      '16.2.2',
      'clocks are synchronized, and times are in UTC',
      'src/platform/storage/clock-watch.test.ts: A43: a clock causes a warning above 10 seconds and is wrong from a minute on, in both directions',
      'src/identity/notify/transport/syslog.test.ts: a syslog message is one line of ASCII in the form of RFC 5424',
    ),
    tested(
      '16.2.3',
      'logs go only to documented files and services',
      'src/identity/audit/stream/stream.test.ts: a receiver gets the types that it waits for',
      'test/telemetry.test.ts: without a configuration nothing is traced',
    ),
    tested(
      '16.2.4',
      'logs have a common format',
      'src/identity/notify/transport/syslog.test.ts: a syslog message is one line of ASCII in the form of RFC 5424',
      'src/cli/audit-list.test.ts: the list shows one event a line, oldest first; JSON lines also have the number and the hash',
    ),
    tested(
      '16.2.5',
      'logs contain sensitive data only as its level allows',
      'src/platform/kernel/json-log.test.ts: no secret is logged from …',
      "src/login/factors/password/step.test.ts: A39: a password in the name field reaches neither the audit nor the throttle's table",
    ),
    tested(
      '16.3.1',
      'all logins are logged, successful and failed',
      'src/login/journeys/finish.test.ts: a login writes down its level and why it is not higher',
      'src/identity/limits/failed-logins.test.ts: wrong passwords for one name from one network write one event at once and then one a minute',
      'src/login/factors/right-password.test.ts: A51: wrong codes of an app after a right password are seen, and a few are a mail',
    ),
    tested(
      '16.3.2',
      'failed authorization attempts are logged',
      'src/login/decision/refusals.test.ts: a refusal is recorded at once, and repeated refusals become one event a minute',
      'test/refused-requests.test.ts: each protocol records a refused request in a metric and an audit event, without text of the sender',
    ),
    tested(
      '16.3.3',
      'security events and attempts to bypass controls are logged',
      'src/faces/frame/frame.test.ts: the server counts forged forms and logs them once for each route, without text from their sender',
      'src/login/journeys/spraying.test.ts: A49: one password for 600 names from 600 networks causes one alert, and their owners get in',
      'src/faces/protocols/refusals.test.ts: A48: repeated refusals write one audit event, and then one every ten minutes',
    ),
    tested(
      '16.3.4',
      'unexpected errors and security failures are logged',
      'src/faces/frame/frame.test.ts: an unexpected error gives a page without its message and stack',
      'src/faces/dispatch.test.ts: the log names a failed request without a page by the pattern of its path',
      'src/login/factors/push/delivery.test.ts: a failed delivery is logged with its reason and never with the message',
    ),
    tested(
      '16.4.1',
      'input cannot forge log entries',
      'src/identity/audit/audit.test.ts: A39: hostile text becomes one short line',
      'src/cli/audit-list.test.ts: the list escapes control characters, so that an event stays one line',
      'src/identity/notify/stream/receivers.test.ts: a value cannot break out of the structured data, and the message is the event as exported',
    ),
    tested(
      '16.4.2',
      'logs are protected from unauthorized access and changes',
      'src/identity/audit/attacks.test.ts: A50: a change of any column of a random event among 10,000 is found',
      'src/identity/audit/attacks.test.ts: A50: a log that was rewritten without the key is found',
      'src/platform/storage/sqlite.test.ts: only the owner can read and write the database files',
    ),
    tested(
      '16.4.3',
      'logs are sent securely to a separate system',
      'test/audit-syslog.test.ts: a syslog server that requires a client certificate receives the audit events in the order of the chain',
      'src/identity/audit/heads.test.ts: A50: an exported head shows that the log has lost its newest events, or all events',
    ),
    tested(
      '16.5.1',
      'error messages reveal no internal data',
      'src/faces/frame/frame.test.ts: an unexpected error gives a page without its message and stack',
      'test/bad-input.test.ts: random requests to every address never cause a server error or a change in the database',
    ),
    tested(
      '16.5.2',
      'the service continues securely when external systems fail',
      'src/login/factors/approval/sending/breaker.test.ts: five failures within half a minute open the breaker',
      'test/trouble.test.ts: while PostgreSQL is lost, browsers and phones get an error, and afterwards everything continues',
      'src/identity/notify/mail/queue.test.ts: a mail server that is gone for an hour gets each mail when it is back',
    ),
    tested(
      '16.5.3',
      'errors never grant access (no fail-open)',
      'src/login/engine/engine.test.ts: a finish that fails leaves nothing',
      'src/identity/limits/throttle.test.ts: when failures cannot be stored, each key gets one wrong attempt, which is counted later',
      'src/identity/policy/effective.test.ts: groups are read only when the rule depends on them, and an error in reading them lets nobody in',
    ),
  ],
}
