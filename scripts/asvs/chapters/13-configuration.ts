import { type Chapter, documented, operator, tested, unmet } from '../requirement.ts'

export const configuration: Chapter = {
  title: 'Configuration',
  requirements: [
    documented('13.1.1', 'every connection in and out is documented', 'docs/connections.md'),
    unmet(
      '13.2.1',
      'servers are asked with short-lived or own credentials',
      'Each service has an account of its own, but PostgreSQL, directories and mail servers get a password that stays until it is changed. APNs and FCM get tokens of an hour; syslog servers can ask for a certificate.',
      'src/login/factors/push/senders/apns/apns.test.ts: a provider token is renewed after 50 minutes',
      'test/audit-syslog.test.ts: a syslog server that requires a client certificate receives the audit events in the order of the chain',
    ),
    operator(
      '13.2.2',
      'accounts have only the rights that they need',
      'An ordinary [bind account](directories.md#the-bind-account) that reads is enough. The unit for systemd gives the server no more than it needs, which a test measures.',
    ),
    tested(
      '13.2.3',
      'no credential has a default',
      'src/platform/config/documentation.test.ts: no key that holds a secret has a default',
    ),
    tested(
      '13.2.4',
      'outgoing requests go to listed places only',
      'src/platform/http/guarded-fetch.test.ts: A34: a name that resolves to a private address is refused, even among public ones',
      'src/login/factors/push/senders/http.test.ts: only configured origins are accepted',
      'src/login/factors/push/senders/webpush/webpush.test.ts: A34: the sender does not connect to an address that is not public',
    ),
    tested(
      '13.2.5',
      'the server loads from listed places only',
      'src/faces/protocols/oidc/fetch-attacks.test.ts: CVE-2020-10770, CVE-2023-44469, CVE-2026-4366: no request makes the server fetch an address that it names',
      'src/platform/http/guarded-fetch.test.ts: an allowed address is called with method, headers and body, and the answer is returned',
    ),
    tested(
      '13.3.1',
      'secrets are sealed, and come from a safe place',
      'src/platform/storage/sealed-columns.test.ts: the list has exactly the sealed columns of the schema',
      'src/platform/storage/key-source.test.ts: keys come from a command, with its own time limit',
      'src/platform/config/load.test.ts: a secret comes from a credential of systemd',
    ),
    tested(
      '13.3.2',
      'only who needs a secret can read it',
      'src/platform/storage/key-file.test.ts: a key file that the group or everybody may read is refused',
      'src/platform/storage/sqlite.test.ts: only the owner can read and write the database files',
      'src/platform/config/load.test.ts: a file with secrets that everybody can read causes a warning with their keys',
    ),
    tested(
      '13.4.1',
      'no folder of version control is there',
      'test/package-archive.test.ts: the archive has only what the program runs: no tests, development tools or build tools',
      'test/bad-input.test.ts: … is not found',
    ),
    tested(
      '13.4.2',
      'nothing for debugging answers',
      'src/faces/frame/frame.test.ts: an unexpected error gives a page without its message and stack',
      'test/bad-input.test.ts: random requests to every address never cause a server error or a change in the database',
    ),
    tested('13.4.3', 'no folder is listed', 'test/bad-input.test.ts: … is not found below /assets'),
    tested(
      '13.4.4',
      'TRACE is refused',
      'test/bad-input.test.ts: … … is refused as a method that is not allowed',
    ),
    tested(
      '13.4.5',
      'metrics are not where users are',
      'test/metrics.test.ts: the port of the login serves no metrics, and there is no metrics port without a configuration',
      'test/metrics.test.ts: a separate port serves metrics of logins, without users, addresses or apps',
    ),
  ],
}
