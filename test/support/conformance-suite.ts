/**
 * A stand-in for the OpenID Foundation's conformance suite, as its REST interface and its pages are on the wire: as strict with
 * what it is asked, with modules of its own that are relying parties of the server. It judges nothing of a server.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

type Json = Readonly<Record<string, unknown>>

export interface SuiteRun {
  readonly id: string
  readonly config: Json
  /** The address below which the module is reached, without a slash at the end. */
  readonly base: string
  status: string
  result: string
  readonly urls: { readonly url: string; readonly method: string }[]
  readonly log: Json[]
  readonly images: { upload?: string; msg: string; img?: string }[]
  /** Resolves with what the browser brought to the callback. */
  callback(): Promise<URL>
  /** Resolves when the module is started. */
  started(): Promise<void>
  /** Resolves when the picture was uploaded. */
  picture(msg: string): Promise<string>
}

export type SuiteModule = (run: SuiteRun) => Promise<void>

interface StandInOptions {
  readonly token: string
  /** By name; each with its modules in order, and the variant that it must be created with. */
  readonly plans: Readonly<
    Record<
      string,
      { readonly variant: Json; readonly modules: Readonly<Record<string, SuiteModule>> }
    >
  >
}

const callbackPage = (script: string) =>
  `<!doctype html><title>callback</title><div id="complete"></div><script>${script}</script>`
/** As the suite's page: it sends what it got, and says then that it is done. */
const submit = `fetch(location.pathname + '/implicit', { method: 'POST', body: location.hash }).then(() =>
  document.getElementById('complete').insertAdjacentHTML('beforeend', '<span id="submission_complete" hidden></span>'))`

const mostBytes = 500 * 1024

interface State {
  readonly options: StandInOptions
  readonly origin: string
  readonly runs: Map<string, Run>
  readonly plans: Map<string, { readonly name: string; readonly config: Json }>
  readonly visited: string[]
}

interface Asked {
  readonly path: readonly string[]
  readonly query: URLSearchParams
  readonly body: string
  readonly isJson: boolean
}

type Answer = readonly [status: number, body?: unknown]

export async function startConformanceSuite(t: Scope, options: StandInOptions) {
  const state = { options, origin: '', runs: new Map(), plans: new Map(), visited: [] as string[] }
  const server = createServer((req, res) => {
    void answer(state, req, res).catch((error: unknown) => res.writeHead(500).end(String(error)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin: state.origin, visited: state.visited }
}

async function answer(state: State, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { pathname, searchParams: query } = new URL(req.url ?? '/', state.origin)
  const body = await text(req)
  if (pathname.startsWith('/test/a/')) {
    answerPage(state, req, res)
    return
  }
  const isJson = req.headers['content-type']?.startsWith('application/json') === true
  const path = pathname.split('/').slice(2)
  const isKnown = req.headers.authorization === `Bearer ${state.options.token}`
  const asked = { path, query, body, isJson }
  const [status, content] = isKnown ? route(state, `${req.method} ${path[0]}`, asked) : [401]
  res.writeHead(status, content === undefined ? {} : { 'content-type': 'application/json' })
  res.end(content === undefined ? undefined : JSON.stringify(content))
}

function route(state: State, to: string, asked: Asked): Answer {
  const { path } = asked
  if (to === 'POST plan') return createPlan(state, asked)
  if (to === 'POST runner' && path.length === 1) return createRun(state, asked)
  const isOfBrowser = path[1] === 'browser'
  const run = state.runs.get(path[isOfBrowser ? 2 : 1] ?? '')
  if (run === undefined) return [404, { error: 'test not found' }]
  if (isOfBrowser) return noteOpened(state, run, asked)
  return ofRun[to]?.(run, asked) ?? [404]
}

function createPlan({ options, plans }: State, { query, body, isJson }: Asked): Answer {
  const name = query.get('planName') ?? ''
  const plan = options.plans[name]
  if (!isJson) return [415]
  if (plan === undefined) return [404, { error: `No plan with name: ${name}` }]
  const config = JSON.parse(body) as Json
  const variant = JSON.parse(query.get('variant') ?? '{}')
  if (!isSame(variant, plan.variant)) return [400, { error: 'Unknown variant parameter(s)' }]
  if (!/^[a-zA-Z0-9_-]+$/.test(String(config.alias))) return [400, { error: 'Invalid alias value' }]
  const id = `plan${plans.size}`
  plans.set(id, { name, config })
  const modules = Object.keys(plan.modules).map((testModule) => ({
    testModule,
    variant: { client_auth_type: 'private_key_jwt' },
    instances: [],
  }))
  return [201, { name, id, modules }]
}

function createRun({ options, plans, runs, origin }: State, asked: Asked): Answer {
  const { query, body, isJson } = asked
  const plan = plans.get(query.get('plan') ?? '')
  const name = query.get('test') ?? ''
  const play = plan && options.plans[plan.name]?.modules[name]
  if (!isJson) return [415]
  if (plan === undefined || play === undefined) return [404]
  if (body !== '') return [400, { error: 'a plan has its own configuration' }]
  JSON.parse(query.get('variant') ?? '')
  // A new test stops the one with the same alias.
  for (const other of runs.values()) {
    if (other.status !== 'FINISHED') other.status = 'INTERRUPTED'
  }
  const id = `run${runs.size}`
  const run = createRunState(id, plan.config, `${origin}/test/a/${plan.config.alias}`)
  runs.set(id, run)
  void play(run).catch((error: unknown) => {
    run.log.push({ result: 'FAILURE', src: name, msg: describeError(error) })
    Object.assign(run, { status: 'FINISHED', result: 'FAILED' })
  })
  return [201, { name, id, url: run.base }]
}

function describeError(error: unknown): string {
  const { error: code, error_description: description } = Object(error)
  return [String(error), code, description].filter(Boolean).join(' ')
}

function noteOpened({ visited }: State, run: Run, { query }: Asked): Answer {
  const opened = query.get('url') ?? ''
  const at = run.urls.findIndex((one) => one.url === opened)
  if (at >= 0) run.urls.splice(at, 1)
  visited.push(opened)
  return [204]
}

const describeRun = (run: Run) => {
  const urls = run.urls.map((one) => one.url)
  return { id: run.id, browser: { urls, urlsWithMethod: run.urls, visited: [] } }
}

const ofRun: Readonly<Record<string, (run: Run, asked: Asked) => Answer>> = {
  'GET info': ({ id, status, result }) => [200, { testId: id, status, result }],
  'GET log': (run, { path }) => [200, path[2] === 'images' ? run.images : run.log],
  'POST log': saveImage,
  'GET runner': (run) => [200, describeRun(run)],
  'POST runner': (run) => {
    run.start()
    return [200, describeRun(run)]
  },
  'DELETE runner': (run) => {
    run.status = 'INTERRUPTED'
    return [200, describeRun(run)]
  },
}

function saveImage(run: Run, { path, body: encoded }: Asked): Answer {
  const isPicture = /^data:image\/(png|jpeg);base64,/.test(encoded)
  const bytes = Buffer.from(encoded.slice(encoded.indexOf(',') + 1), 'base64').length
  const isFull = run.images.filter(({ img }) => img !== undefined).length >= 2
  const image = run.images.find(({ upload }) => upload === path[3])
  if (!isPicture || bytes > mostBytes || isFull || image === undefined) {
    return [400, 'Only jpeg/png files accepted']
  }
  delete image.upload
  image.img = encoded
  run.filled(image.msg, encoded)
  return [200, image]
}

function answerPage({ runs, origin }: State, req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('content-type', 'text/html')
  const waiting = [...runs.values()].filter(({ status }) => status === 'WAITING')
  if (req.method === 'POST') {
    for (const run of waiting) run.arrived()
    res.end()
    return
  }
  for (const run of waiting) run.arrive(new URL(req.url ?? '/', origin))
  res.end(callbackPage(submit))
}

const isSame = (a: Json, b: Json) =>
  JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort())

type Run = ReturnType<typeof createRunState>

function createRunState(id: string, config: Json, base: string) {
  let callbacks = Promise.withResolvers<URL>()
  let came: URL | undefined
  const start = Promise.withResolvers<void>()
  const pictures = new Map<string, PromiseWithResolvers<string>>()
  const run = {
    ...{ id, config, base, status: 'RUNNING', result: 'UNKNOWN' },
    urls: [] as { url: string; method: string }[],
    log: [] as Json[],
    images: [] as { upload?: string; msg: string; img?: string }[],
    async callback() {
      const url = await callbacks.promise
      callbacks = Promise.withResolvers<URL>()
      return url
    },
    started: () => start.promise,
    picture(msg: string) {
      const filled = Promise.withResolvers<string>()
      pictures.set(msg, filled)
      run.images.push({ upload: `placeholder${run.images.length}`, msg })
      return filled.promise
    },
    start: () => start.resolve(),
    arrive(url: URL) {
      came = url
    },
    arrived() {
      if (came !== undefined) callbacks.resolve(came)
      came = undefined
    },
    filled: (msg: string, img: string) => pictures.get(msg)?.resolve(img),
  }
  return run
}
