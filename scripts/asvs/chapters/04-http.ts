import { type Chapter, excluded, operator, tested } from '../requirement.ts'

export const http: Chapter = {
  title: 'HTTP and web services',
  requirements: [
    tested(
      '4.1.1',
      'every body has the right content type and charset',
      'test/every-answer.test.ts: every answer with a body has a content type, and text has its encoding',
    ),
    operator(
      '4.1.2',
      'only pages for users redirect from http to https',
      'Einlass redirects no request from http to https. The [example of a proxy](proxies.md#behind-a-reverse-proxy) listens only on port 443.',
    ),
    tested(
      '4.1.3',
      'users cannot forge headers that a proxy sets',
      'src/platform/http/client.test.ts: addresses that a client writes never change the address that the proxy saw',
      'src/faces/protocols/oidc/requests.test.ts: every address in the discovery document is of this server, also with forged headers',
      'src/faces/protocols/oidc/client-certificates.test.ts: A35: the server ignores a certificate header that is from an untrusted peer, repeated or unreadable',
      'test/forward-auth-wire.test.ts: A35: requests from an address that is not a configured proxy are refused',
    ),
    tested(
      '4.2.1',
      'message boundaries are unambiguous, so requests cannot be smuggled',
      'test/every-answer.test.ts: a request with conflicting or unknown lengths of its body is refused',
    ),
    excluded('4.3.1', 'expensive GraphQL queries are limited', 'There is no GraphQL.'),
    excluded('4.3.2', 'GraphQL introspection is disabled', 'There is no GraphQL.'),
    excluded('4.4.1', 'WebSockets are encrypted', 'Einlass has no WebSocket.'),
    tested(
      '4.4.2',
      'WebSocket handshakes accept only allowed origins',
      'test/forward-auth-wire.test.ts: a WebSocket from a page of another origin is refused',
    ),
    excluded(
      '4.4.3',
      'WebSockets without the normal session use secure dedicated tokens',
      'Einlass has no WebSocket.',
    ),
    excluded(
      '4.4.4',
      'WebSocket session tokens come from the authenticated HTTPS session',
      'Einlass has no WebSocket.',
    ),
  ],
}
