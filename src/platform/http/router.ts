/**
 * Which route answers a request. Owns patterns of paths, methods, and that no request has two routes; knows no face and
 * sends nothing.
 *
 *     const router = createRouter([
 *       { kind: 'page', method: 'GET', path: '/setup/:token', name: 'first administrator', handle },
 *     ])
 *     router.find('HEAD', '/setup/abc') // { type: 'found', route, params: { token: 'abc' } }
 *     router.find('PUT', '/setup/abc')  // { type: 'method_not_allowed', kind: 'page', allow: ['GET', 'HEAD'] }
 */

/**
 * A path is made of segments: a word matches the same bytes; `:name` matches any segment that is not empty, and its
 * percent-decoded value is a parameter; `**` matches any number of segments of letters, digits, `_`, `.` and `-`; `*` at
 * the end matches everything after the slash. Where several match, the first kind in this order is taken.
 */
export interface Route {
  /** `page` and `plain` routes return a reply; `raw` routes write to Node's response, so no HEAD is made of their GET. */
  readonly kind: 'page' | 'plain' | 'raw'
  /** `ANY`: the route looks at the method itself. */
  readonly method: 'GET' | 'POST' | 'ANY'
  readonly path: string
  /** What it is for, in a few words. */
  readonly name: string
}

export type Params = Readonly<Record<string, string>>

/** The parameters of a pattern: `{ token: string }` for `/setup/:token`. */
export type ParamsOf<Path extends string> = { readonly [Name in NamesOf<Path>]: string }

type NamesOf<Path extends string> = Path extends `${infer First}/${infer Rest}`
  ? NamesOf<First> | NamesOf<Rest>
  : Path extends `:${infer Name}`
    ? Name
    : never

export type Match<Served extends Route> =
  | { readonly type: 'found'; readonly route: Served; readonly params: Params }
  | {
      readonly type: 'method_not_allowed'
      readonly kind: Route['kind']
      /** For the `Allow` header (RFC 9110, 10.2.1). */
      readonly allow: readonly string[]
    }
  | { readonly type: 'not_found' }

export interface Router<Served extends Route> {
  /** `path` is the one of a request, as it came and without a query. Never throws. */
  find(method: string, path: string): Match<Served>
}

interface Node<Served> {
  readonly words: Map<string, Node<Served>>
  param: Node<Served> | undefined
  /** By what follows a `**`. */
  readonly gaps: Map<string, Served[]>
  readonly rest: Served[]
  readonly own: Served[]
}

/** Throws when two routes answer the same requests. */
export function createRouter<Served extends Route>(routes: readonly Served[]): Router<Served> {
  const root = createNode<Served>()
  for (const route of routes) addTo(findPlace(root, route.path), route)
  return {
    find(method, path) {
      const values: string[] = []
      const candidates = path.startsWith('/') ? walk(root, path.slice(1), values) : []
      const [first] = candidates
      const names = first === undefined ? [] : listParams(first.path)
      const decoded = names.map((_, index) => decode(values[index] ?? ''))
      if (first === undefined || decoded.includes(undefined)) return { type: 'not_found' }
      const route = candidates.find((one) => allows(one, method))
      if (route === undefined) {
        return { type: 'method_not_allowed', kind: first.kind, allow: listMethods(candidates) }
      }
      const entries = listParams(route.path).map((name, index) => [name, decoded[index] ?? ''])
      return { type: 'found', route, params: Object.fromEntries(entries) }
    },
  }
}

function createNode<Served>(): Node<Served> {
  return { words: new Map(), param: undefined, gaps: new Map(), rest: [], own: [] }
}

/** Where the routes with this pattern are kept. */
function findPlace<Served>(root: Node<Served>, path: string): Served[] {
  if (!path.startsWith('/')) throw new Error(`a path begins with a slash: ${path}`)
  const segments = path.slice(1).split('/')
  let node = root
  for (const [index, segment] of segments.entries()) {
    if (segment === '*' && index === segments.length - 1) return node.rest
    if (segment === '**') return getOrAdd(node.gaps, segments.slice(index + 1).join('/'), () => [])
    if (segment.startsWith(':')) {
      node.param ??= createNode()
      node = node.param
    } else {
      node = getOrAdd(node.words, segment, createNode<Served>)
    }
  }
  return node.own
}

function getOrAdd<Value>(map: Map<string, Value>, key: string, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}

function addTo<Served extends Route>(place: Served[], route: Served): void {
  const other = place.find(
    ({ method }) => method === route.method || method === 'ANY' || route.method === 'ANY',
  )
  if (other !== undefined) {
    throw new Error(`two routes for ${route.method} ${route.path}: ${other.name}, ${route.name}`)
  }
  place.push(route)
}

/** The routes for a path, without its first slash; collects the segments that stand for parameters. */
function walk<Served>(root: Node<Served>, path: string, values: string[]): readonly Served[] {
  let node = root
  let rest = path
  while (true) {
    const slash = rest.indexOf('/')
    const segment = slash === -1 ? rest : rest.slice(0, slash)
    let next = node.words.get(segment)
    if (next === undefined && segment !== '' && node.param !== undefined) {
      values.push(segment)
      next = node.param
    }
    if (next === undefined) return findAcrossGap(node.gaps, rest) ?? node.rest
    if (slash === -1) return next.own
    node = next
    rest = rest.slice(slash + 1)
  }
}

const gap = /^(?:[\w.-]+\/)*$/

function findAcrossGap<Value>(gaps: ReadonlyMap<string, Value>, rest: string): Value | undefined {
  for (const [tail, value] of gaps) {
    const start = rest.length - tail.length
    if (start >= 0 && rest.endsWith(tail) && gap.test(rest.slice(0, start))) return value
  }
  return undefined
}

/** `undefined`: it is not percent-encoded UTF-8. */
function decode(segment: string): string | undefined {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}

function listParams(path: string): string[] {
  if (!path.includes(':')) return []
  return path.split('/').flatMap((segment) => (segment.startsWith(':') ? segment.slice(1) : []))
}

function allows({ method, kind }: Route, asked: string): boolean {
  if (method === asked || method === 'ANY') return true
  return asked === 'HEAD' && method === 'GET' && kind !== 'raw'
}

function listMethods(routes: readonly Route[]): string[] {
  return routes.flatMap(({ method, kind }) =>
    method === 'GET' && kind !== 'raw' ? ['GET', 'HEAD'] : method,
  )
}
