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
      'test/audit-syslog.test.ts: what happens is a moment later at a syslog server that wants a certificate, in the order of the chain',
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
      'src/platform/http/guarded-fetch.test.ts: A34: a name that leads into the house is refused after it was resolved, also among others',
      'src/login/factors/push/senders/http.test.ts: only configured origins are accepted',
      'src/login/factors/push/senders/webpush/webpush.test.ts: A34: an address that is not public is not talked to',
    ),
    tested(
      '13.2.5',
      'the server loads from listed places only',
      'src/faces/protocols/oidc/fetch-attacks.test.ts: CVE-2020-10770, CVE-2023-44469, CVE-2026-4366: no request makes the server fetch an address that it names',
      'src/platform/http/guarded-fetch.test.ts: an allowed network is called, with method, headers and body, and the answer is given',
    ),
    tested(
      '13.3.1',
      'secrets are sealed, and come from a safe place',
      'src/platform/storage/sealed-columns.test.ts: every sealed column of the schema is in the list, and the list has no other',
      'src/platform/storage/key-source.test.ts: keys come from a command, with its own time limit',
      'src/platform/config/load.test.ts: a secret comes from a credential of systemd',
    ),
    tested(
      '13.3.2',
      'only who needs a secret can read it',
      'src/platform/storage/key-file.test.ts: a key file that the group or everybody may read is refused',
      'src/platform/storage/sqlite.test.ts: the database file is for its owner only',
      'src/platform/config/load.test.ts: a file that everybody can read is warned of, by the keys of its secrets',
    ),
    tested(
      '13.4.1',
      'no folder of version control is there',
      'test/package-archive.test.ts: the archive has what runs: no tests, nothing for development, nothing that only builds',
      'test/bad-input.test.ts: … leads nowhere',
    ),
    tested(
      '13.4.2',
      'nothing for debugging answers',
      'src/faces/frame/frame.test.ts: what nobody expected is a page without its message and stack',
      'test/bad-input.test.ts: garbage on every address is never an error of the server',
    ),
    tested('13.4.3', 'no folder is listed', 'test/bad-input.test.ts: … is no asset'),
    tested(
      '13.4.4',
      'TRACE is refused',
      'test/bad-input.test.ts: … … is not what the address is for',
    ),
    tested(
      '13.4.5',
      'metrics are not where users are',
      'test/metrics.test.ts: the port of the login has no metrics, and without a configuration nothing listens',
      'test/metrics.test.ts: logins show on a port of their own, without a word about who, where and for which app',
    ),
  ],
}
