import { type Chapter, operator, tested, unmet } from '../requirement.ts'

const proxy = '[proxy](proxies.md#behind-a-reverse-proxy)'
const decided = `The ${proxy} terminates TLS and decides this.`

export const transport: Chapter = {
  title: 'Connections',
  requirements: [
    operator('12.1.1', 'only TLS 1.2 and 1.3 are enabled', decided),
    operator('12.1.2', 'only recommended cipher suites are enabled', decided),
    tested(
      '12.1.3',
      'client certificates are verified before they are used',
      'src/faces/protocols/oidc/client-certificates.test.ts: A35: the server ignores a certificate header that is from an untrusted peer, repeated or unreadable',
      'src/faces/protocols/oidc/client-options.test.ts: an app authenticates by the certificate that the proxy forwards, and is refused without it',
    ),
    operator(
      '12.2.1',
      'clients connect from outside only by TLS',
      `The ${proxy} terminates TLS. With an https \`public_url\`, every answer tells browsers to use https. At the start, a \`public_url\` with plain http and a public name causes a warning.`,
    ),
    operator(
      '12.2.2',
      'public services use publicly trusted certificates',
      `The ${proxy} has the certificate.`,
    ),
    unmet(
      '12.3.1',
      'all connections, in and out, are encrypted',
      'The connection to PostgreSQL is not encrypted without `sslmode` in its address ([database](operations.md#database)). Syslog can use UDP or TCP, and OpenTelemetry plain http, without encryption. Metrics use plain http, by default only on this machine. Connections to directories and mail servers on other machines are always encrypted.',
      'src/platform/config/directories.test.ts: a server address is an ldap or ldaps URL with only a host and a port',
      'src/identity/notify/mail/transport.test.ts: a server that hides STARTTLS gets neither password nor mail',
    ),
    tested(
      '12.3.2',
      'TLS clients verify the certificates of servers',
      'test/openldap.test.ts: a certificate of another authority or for another name is no directory',
      'src/identity/notify/mail/transport.test.ts: a certificate for another name or from an unknown issuer is refused before the login',
      'src/identity/notify/stream/receivers.test.ts: a webhook with the certificate of an unknown authority gets nothing',
      'src/login/factors/push/senders/webpush/webpush.test.ts: an untrusted certificate is a failure, and nothing is sent',
    ),
    unmet(
      '12.3.3',
      'internal HTTP connections are encrypted',
      'Einlass has no TLS of its own. The connection between a proxy and a node on another machine is plain http, so it needs a separate network or a tunnel.',
    ),
    tested(
      '12.3.4',
      'internal connections trust only specific authorities',
      'test/directory-check.test.ts: the check reports an unknown authority and an unreachable server for each server',
      'test/audit-syslog.test.ts: a syslog server with the certificate of another authority receives no events',
    ),
  ],
}
