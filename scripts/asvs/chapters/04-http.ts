import { type Chapter, excluded, operator, tested } from '../requirement.ts'

export const http: Chapter = {
  title: 'HTTP and web services',
  requirements: [
    tested(
      '4.1.1',
      'every body has its type and encoding',
      'test/every-answer.test.ts: every answer with a body has a type, and text says its encoding',
    ),
    operator(
      '4.1.2',
      'only pages are redirected from http to https',
      'Einlass redirects no request from http to https. The [example of a proxy](proxies.md#behind-a-reverse-proxy) listens on 443 alone.',
    ),
    tested(
      '4.1.3',
      'users cannot write what a proxy says',
      'src/platform/http/client.test.ts: what a client writes never changes the address that the proxy saw',
      'src/faces/protocols/oidc/requests.test.ts: every address that is printed is ours, whatever the headers say',
      'src/faces/protocols/oidc/client-certificates.test.ts: A35: a header from elsewhere, a second one and one that cannot be read are no certificate',
      'test/forward-auth-wire.test.ts: A35: nobody but a proxy of the configuration is answered',
    ),
    tested(
      '4.2.1',
      'where a message ends is never doubtful',
      'test/every-answer.test.ts: a body whose end is said in two manners, or in none that is known, is refused',
    ),
    excluded('4.3.1', 'GraphQL queries have limits', 'There is no GraphQL.'),
    excluded('4.3.2', 'GraphQL does not describe itself', 'There is no GraphQL.'),
    excluded('4.4.1', 'WebSockets are encrypted', 'Einlass has no WebSocket.'),
    tested(
      '4.4.2',
      'WebSockets check the origin of their page',
      'test/forward-auth-wire.test.ts: a WebSocket of a page of another origin is refused',
    ),
    excluded('4.4.3', 'WebSockets have session tokens of their own', 'Einlass has no WebSocket.'),
    excluded('4.4.4', 'session tokens of WebSockets come by https', 'Einlass has no WebSocket.'),
  ],
}
