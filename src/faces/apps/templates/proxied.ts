/** An app behind a proxy that asks for each request. */
import { type AppTemplate, below } from './template.ts'

export const proxied: AppTemplate = {
  name: 'proxied',
  title: 'Any app behind a proxy',
  protocol: 'forward-auth',
  icon: '<rect x="3.5" y="8" width="5" height="8" rx="1.2"/><rect x="15.5" y="8" width="5" height="8" rx="1.2"/><path d="M8.5 12h7M12 5v14"/>',
  urlOf: 'the app as browsers see it, for example https://wiki.example.org',
  createSettings: (url) => ({ addresses: [url], startUrl: below(url, '') }),
  createGuide: ({ url, address }) => [
    {
      text: 'Name the address of the proxy in einlass.yaml, as nothing else is believed that says for whom it asks, and restart the server:',
      language: 'yaml',
      code: 'trusted_proxies: [127.0.0.1/32]',
    },
    {
      text: `Let the proxy of ${url} ask this login for each request, at the address of its kind. docs/apps/forward-auth.md has whole configurations to copy.`,
      code: `nginx:    ${address('nginx')}
Caddy:    ${address('caddy')}
Traefik:  ${address('traefik')}
HAProxy:  ${address('haproxy')}`,
    },
    {
      text: 'Let the app listen where only the proxy reaches it: else anybody can send it the header with the name.',
    },
  ],
  about: `For an app that knows no login protocol. [Forward-auth](forward-auth.md) says what happens on the way, which headers the
app gets, and how paths get rules of their own.`,
  tried:
    'nginx, Caddy and HAProxy before a page are connected in this manner by the tests; Traefik is not there.',
}
