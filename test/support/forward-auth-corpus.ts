/**
 * Requests that try to get past a proxy or to be another user: each combination of a path, headers, a cookie and a form of
 * the request line. Knows what an app may get of each, by the least careful reading of its path.
 */

export interface CorpusCase {
  /** In a header, so that the app's notes can be told apart. */
  readonly id: string
  readonly text: string
}

const words = ['admin', 'public', 'x']

/** Ways to write a path that another reader takes for another one. */
const paths: readonly string[] = [
  ...['/', '/x', '/admin', '/public', '/public/x.css', '/admin/', '/publicity', '/administration'],
  ...[
    '/public/../admin',
    '/public/./../admin',
    '/x/../admin',
    '/../admin',
    '/./admin',
    '/public/..',
  ],
  ...['/public/%2e%2e/admin', '/public/%2E%2e/admin', '/public/.%2e/admin', '/%2e/admin'],
  ...['/public/%252e%252e/admin', '/public%252f..%252fadmin', '/public/..%252fadmin'],
  ...['/public/..%2fadmin', '/public%2f..%2fadmin', '/public%2f%2e%2e%2fadmin', '/public%2fadmin'],
  ...['/public/..%5cadmin', '/public\\..\\admin', '/public/..\\admin', '\\admin', '/\\admin'],
  ...[
    '//admin',
    '///admin',
    '/public//../admin',
    '//public/../admin',
    '//x/admin',
    '/public//admin',
  ],
  ...[
    '/admin;',
    '/admin;a=b',
    '/;/admin',
    '/public;/../admin',
    '/public/..;/admin',
    '/public;x/admin',
  ],
  ...['/admin%3b', '/public%3b/../admin', '/public/..%3b/admin', '/;a=/public/../admin'],
  ...[
    '/admin#',
    '/public#/../admin',
    '/admin#/public',
    '/x#/public',
    '/admin%23',
    '/public%23/../admin',
  ],
  ...[
    '/admin%00',
    '/public%00/../admin',
    '/admin%00/public',
    '/%00admin',
    '/admin%0a',
    '/admin%0d%0a',
  ],
  ...[
    '/ADMIN',
    '/Admin/x',
    '/aDmIn',
    '/%61dmin',
    '/%41DMIN',
    '/adm%69n',
    '/PUBLIC/../admin',
    '/Public/x',
  ],
  ...['/admin/../public', '/admin/%2e%2e/public', '/admin/..%2fpublic', '/admin/..;/public'],
  ...[
    '/admin?/public',
    '/x?/public',
    '/public?/../admin',
    '/admin?x=/public/',
    '/admin%3f/public',
    '/admin%3fx',
    '/admin%23x',
  ],
  ...['/%c0%ae%c0%ae/admin', '/%ef%bd%81dmin', '/%u0061dmin', '/%', '/%2', '/admin%', '/%zz/admin'],
  ...[
    '/forward-auth/app/../../admin',
    '/forward-auth/app/login/../../../admin',
    '/forward-auth/check',
  ],
  ...[
    '/forward-auth/app/%2e%2e/%2e%2e/admin',
    '/forward-auth/app/..%2f..%2fadmin',
    '/forward-auth/app//',
  ],
  ...[
    '/x/forward-auth/app/login',
    '/forward-auth/nginx',
    '/forward-auth/app/nginx',
    '/Forward-Auth/app/x',
  ],
  ...['/admin/forward-auth/app/', '/admin?/forward-auth/app/', '/forward-auth/app;/../admin'],
  ...words.flatMap((word) => [`/${word}.`, `/${word}%20`, `/${word}/.`, `/${word}~1`, `/.${word}`]),
]

/** Headers that claim to be what only the proxy or Einlass may say. */
const claims: readonly (readonly string[])[] = [
  [],
  ['Remote-User: root'],
  ['remote-user: root', 'REMOTE-USER: root'],
  ['Remote_User: root'],
  ['remote_user: root', 'Remote-Groups: board', 'Remote_Groups: board'],
  ['Remote.User: root', 'Remote~User: root', 'Remote-User : root'],
  ['Remote-User:root', 'Remote-Email: root@example.org', 'Remote-Name: root'],
  ['X-Original-URL: https://HOST/public/x', 'X-Original-Method: OPTIONS'],
  ['X_Original_URL: https://HOST/public/x', 'x-original-url: https://other.example/'],
  ['X-Forwarded-Uri: /public/x', 'X-Forwarded-Method: OPTIONS', 'X-Forwarded-Prefix: /public'],
  ['X-Forwarded-Host: other.example', 'X-Forwarded-Proto: http', 'Forwarded: host=other.example'],
  ['X-Forwarded-For: 127.0.0.1', 'X-Real-IP: 127.0.0.1', 'X-Forwarded-For: a'],
  ['X_Forwarded_For: 127.0.0.1', 'X_Forwarded_Uri: /public', 'X_Forwarded_Host: other.example'],
  ['X-Rewrite-URL: /admin', 'X-Original-URI: /public/x', 'X-HTTP-Method-Override: OPTIONS'],
  ['User-Agent: kube-probe/1.30', 'X-Health-Check: 1'],
  ['User-Agent: GoogleHC/1.0', 'Authorization: Basic cm9vdDpyb290'],
  ['Connection: Remote-User, Cookie', 'Remote-User: root'],
  ['Connection: Remote-User'],
  ['Connection: keep-alive, remote-user, Remote-Name,Remote-Groups'],
  ['Connection: X-Forwarded-Uri, X-Forwarded-Host, X-Forwarded-Proto'],
  ['Connection: close, X-Original-URL, X-Forwarded-Uri'],
  ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='],
  ['Sec-Fetch-Mode: navigate', 'Accept: text/html'],
]

/** Of the cookie that the app has given to erika, or instead of it. */
const cookies = (good: string): readonly (string | undefined)[] => {
  const [name = '', value = ''] = good.split('=')
  return [
    good,
    undefined,
    `${name}=`,
    `${name}=${value}x`,
    `${name}=%00`,
    `${name}="${value}"`,
    `${name}=${value}; ${name}=${value}`,
    `${name.toLowerCase()}=${value}`,
    `a=b; ${good}; c`,
    `${name}=${'A'.repeat(3000)}`,
  ]
}

/** At least `count` of them, the same in every run. */
export function createCorpus(host: string, cookie: string, count: number): CorpusCase[] {
  const jar = cookies(cookie)
  return Array.from({ length: count }, (_, index) => {
    const path = paths[index % paths.length] ?? '/'
    // Neighbours of one path get other headers and other cookies in each round.
    const round = Math.floor(index / paths.length)
    const claim = claims[(round + index) % claims.length] ?? []
    const sent = jar[(round * 7 + index * 3) % jar.length]
    const id = `case-${index}`
    const lines = [
      `GET ${writeTarget(path, host, round)} HTTP/1.1`,
      `Host: ${writeHost(host, round + index)}`,
      `X-Case: ${id}`,
      ...claim.map((line) => line.replaceAll('HOST', host)),
      ...(sent === undefined ? [] : [`Cookie: ${sent}`]),
    ]
    return { id, text: `${lines.join('\r\n')}\r\n\r\n` }
  })
}

/** Some in absolute form (RFC 9112 section 3.2.2), some of another host. */
function writeTarget(path: string, host: string, round: number): string {
  if (round % 9 === 7) return `https://${host}${path}`
  return round % 9 === 8 ? `http://other.example${path}` : path
}

function writeHost(host: string, at: number): string {
  const forms = [host, host, host, host.toUpperCase(), `${host}:443`, `${host}.`, 'other.example']
  return forms[at % forms.length] ?? host
}

export type Place = 'admin' | 'public' | 'other'

/** Where the least careful app would serve this from: decoded twice, without queries, parameters, double slashes, case or ends. */
export function readCarelessly(url: string): Place {
  let path = url.replace(/^[a-z]+:\/\/[^/]*/i, '').split(/[?#]/, 1)[0] ?? ''
  for (let time = 0; time < 2; time += 1) path = decode(path).split(/[?#]/, 1)[0] ?? ''
  path = path.normalize('NFKC').toLowerCase().split('\u0000', 1)[0] ?? ''
  const parts: string[] = []
  for (const part of path.replaceAll('\\', '/').split('/')) {
    const name = part
      .replace(/;.*$/, '')
      .replace(/[. ]+$/, (end) => (part.startsWith('.') ? end : ''))
    if (name === '..') parts.pop()
    else if (name !== '' && name !== '.') parts.push(name)
  }
  return parts[0] === 'admin' ? 'admin' : parts[0] === 'public' ? 'public' : 'other'
}

function decode(path: string): string {
  return path.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}
