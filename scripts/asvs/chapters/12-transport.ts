import { type Chapter, operator, tested, unmet } from '../requirement.ts'

const proxy = '[proxy](proxies.md#behind-a-reverse-proxy)'

export const transport: Chapter = {
  title: 'Connections',
  requirements: [
    operator('12.1.1', 'only TLS 1.2 and 1.3', `TLS ends at the ${proxy}.`),
    operator('12.1.2', 'only good cipher suites', `TLS ends at the ${proxy}.`),
    tested(
      '12.1.3',
      'client certificates count only when they were checked',
      'src/faces/protocols/oidc/client-certificates.test.ts: A35: the server ignores a certificate header that is from an untrusted peer, repeated or unreadable',
      'src/faces/protocols/oidc/client-options.test.ts: an app authenticates by the certificate that the proxy forwards, and is refused without it',
    ),
    operator(
      '12.2.1',
      'browsers reach it by TLS only',
      `The ${proxy} ends TLS. With an https \`public_url\` every answer says to use it, and plain http to a public name is a warning at the start.`,
    ),
    operator(
      '12.2.2',
      'certificates are publicly trusted',
      `The certificate is that of the ${proxy}.`,
    ),
    unmet(
      '12.3.1',
      'all other connections are encrypted too',
      'The connection to PostgreSQL is not encrypted without `sslmode` in its address ([database](operations.md#database)); syslog can be UDP or TCP, and metrics are plain http, by default on this machine. Directories and mail servers elsewhere are always encrypted.',
      'src/platform/config/directories.test.ts: a server address is an ldap or ldaps URL with only a host and a port',
      'src/identity/notify/mail/transport.test.ts: a server that hides STARTTLS gets neither password nor mail',
    ),
    tested(
      '12.3.2',
      'certificates of servers are checked',
      'test/openldap.test.ts: a certificate of another authority or for another name is no directory',
      'src/identity/notify/mail/transport.test.ts: a certificate for another name or from an unknown issuer is refused before the login',
      'src/identity/notify/stream/receivers.test.ts: a webhook with the certificate of an unknown authority gets nothing',
      'src/login/factors/push/senders/webpush/webpush.test.ts: an untrusted certificate is a failure, and nothing is sent',
    ),
    unmet(
      '12.3.3',
      'connections inside are encrypted',
      'Einlass has no TLS of its own: between a proxy and a node on another machine there is plain http, which needs a network of its own or a tunnel.',
    ),
    tested(
      '12.3.4',
      'inside, only named authorities count',
      'test/directory-check.test.ts: the check reports an unknown authority and an unreachable server for each server',
      'test/audit-syslog.test.ts: a syslog server with the certificate of another authority receives no events',
    ),
  ],
}
