/** For tests: a browser as far as cookies and redirects go. It knows no hosts: its cookies go everywhere. */

export interface Browser {
  setCookie(name: string, value: string, path?: string): void
  cookie(name: string): string | undefined
  fetch(url: string | URL, init?: RequestInit): Promise<Response>
  /** Sends a request whose answer never reaches the browser, so that it stores none of its cookies. */
  lose(url: string | URL): Promise<Response>
  /** Follows redirects up to an address that begins with `stop`, or to an answer that is no redirect. */
  open(url: string | URL, stop: string): Promise<{ url: URL; response?: Response }>
}

export function createBrowser(): Browser {
  const jar = new Map<string, { name: string; value: string; path: string }>()
  const keep = (line: string) => {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    const path = attributes.find((a) => /^path=/i.test(a))?.slice(5) ?? '/'
    const gone = attributes.some((a) => /^max-age=0$/i.test(a) || /^expires=.* 1970 /i.test(a))
    if (gone) jar.delete(`${name} ${path}`)
    else jar.set(`${name} ${path}`, { name, value, path })
  }
  const lose = (url: string | URL, init: RequestInit = {}) => {
    const { pathname } = new URL(url)
    const cookies = [...jar.values()].filter(({ path }) => pathname.startsWith(path))
    const headers = new Headers(init.headers)
    headers.set('Cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '))
    return fetch(url, { ...init, headers, redirect: 'manual' })
  }
  const send = async (url: string | URL, init: RequestInit = {}) => {
    const response = await lose(url, init)
    for (const line of response.headers.getSetCookie()) keep(line)
    return response
  }
  return {
    setCookie: (name, value, path = '/') => void jar.set(`${name} ${path}`, { name, value, path }),
    cookie: (name) => [...jar.values()].find((cookie) => cookie.name === name)?.value,
    fetch: send,
    lose,
    async open(start, stop) {
      let url = new URL(start)
      for (let hops = 0; hops < 12; hops++) {
        if (url.href.startsWith(stop)) return { url }
        const response = await send(url)
        const location = response.headers.get('Location')
        if (location === null) return { url, response }
        await response.body?.cancel()
        url = new URL(location, url)
      }
      throw new Error(`redirected in a circle at ${url.href}`)
    },
  }
}
