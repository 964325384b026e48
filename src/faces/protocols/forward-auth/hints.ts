/** What an operator has to know about an app behind a proxy, in addition to its settings. */
import type { Config } from '../../../platform/config/schema.ts'

export function hintProxies({ trusted_proxies: proxies }: Pick<Config, 'trusted_proxies'>): string {
  const everybody = 'else everybody gets 403'
  return proxies.length === 0
    ? `trusted_proxies names no proxy yet: name the address of the proxy in einlass.yaml and restart the server, ${everybody}.`
    : `The proxy of this app has to be one of trusted_proxies (${proxies.join(', ')}), ${everybody}.`
}
