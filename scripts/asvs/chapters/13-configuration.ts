import { type Chapter, documented, operator, tested, unmet } from '../requirement.ts'

export const configuration: Chapter = {
  title: 'Configuration',
  requirements: [
    documented('13.1.1', 'all connections in and out are documented', 'docs/connections.md'),
    unmet(
      '13.2.1',
      'backend connections authenticate without shared or permanent credentials',
      'Einlass has a separate account for each service, but PostgreSQL, directories and mail servers get a password that stays the same until it is changed. APNs and FCM get tokens that are valid for an hour. Syslog servers can require a client certificate.',
      'src/login/factors/push/senders/apns/apns.test.ts: a provider token is renewed after 50 minutes',
      'test/audit-syslog.test.ts: a syslog server that requires a client certificate receives the audit events in the order of the chain',
    ),
    operator(
      '13.2.2',
      'accounts for backend connections have only the necessary privileges',
      'For directories, an ordinary [bind account](directories.md#the-bind-account) that can only read is enough. The systemd unit gives the server only the rights that it needs, and a test measures this.',
    ),
    tested(
      '13.2.3',
      'no service uses a default credential',
      'src/platform/config/documentation.test.ts: no key that holds a secret has a default',
    ),
    tested(
      '13.2.4',
      'an allowlist limits which external systems Einlass connects to',
      'src/platform/http/guarded-fetch.test.ts: A34: a name that resolves to a private address is refused, even among public ones',
      'src/login/factors/push/senders/http.test.ts: only configured origins are accepted',
      'src/login/factors/push/senders/webpush/webpush.test.ts: A34: the sender does not connect to an address that is not public',
    ),
    tested(
      '13.2.5',
      'an allowlist limits what the server calls and loads',
      'src/faces/protocols/oidc/fetch-attacks.test.ts: CVE-2020-10770, CVE-2023-44469, CVE-2026-4366: no request makes the server fetch an address that it names',
      'src/platform/http/guarded-fetch.test.ts: an allowed address is called with method, headers and body, and the answer is returned',
    ),
    unmet(
      '13.3.1',
      'secrets are in a secrets management solution, not in code',
      'Keys and secrets can come from the command of a vault or from a credential of systemd, but also from files and variables. The secrets in the database are sealed ([keys](keys.md#key-file)).',
      'src/platform/storage/sealed-columns.test.ts: the list has exactly the sealed columns of the schema',
      'src/platform/storage/key-source.test.ts: keys come from a command, with its own time limit',
      'src/platform/config/load.test.ts: a secret comes from a credential of systemd',
    ),
    tested(
      '13.3.2',
      'access to secrets follows the principle of least privilege',
      'src/platform/storage/key-file.test.ts: a key file that the group or everybody may read is refused',
      'src/platform/storage/sqlite.test.ts: only the owner can read and write the database files',
      'src/platform/config/load.test.ts: a file with secrets that everybody can read causes a warning with their keys',
    ),
    tested(
      '13.4.1',
      'no version control data (`.git`) is accessible',
      'test/package-archive.test.ts: the archive has only what the program runs: no tests, development tools or build tools',
      'test/bad-input.test.ts: … is not found',
    ),
    tested(
      '13.4.2',
      'debug modes are off in production',
      'src/faces/frame/frame.test.ts: an unexpected error gives a page without its message and stack',
      'test/bad-input.test.ts: random requests to every address never cause a server error or a change in the database',
    ),
    tested(
      '13.4.3',
      'the server does not list folders',
      'test/bad-input.test.ts: … is not found below /assets',
    ),
    tested(
      '13.4.4',
      'the TRACE method is refused',
      'test/bad-input.test.ts: … … is refused as a method that is not allowed',
    ),
    tested(
      '13.4.5',
      'monitoring and API documentation are exposed only on purpose',
      'test/metrics.test.ts: the port of the login serves no metrics, and there is no metrics port without a configuration',
      'test/metrics.test.ts: a separate port serves metrics of logins, without users, addresses or apps',
    ),
  ],
}
