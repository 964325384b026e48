/** The Firefox of this machine, driven by WebDriver BiDi: a second opinion on what browsers do with the policies of pages. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'

export interface FirefoxPage {
  goto(url: string): Promise<void>
  /** The value of an expression in the page. */
  read(expression: string): Promise<unknown>
  /** Resolves when an expression is true in the page, also after it has led to another page. */
  until(expression: string): Promise<void>
  /** Resolves when the browser has loaded a page whose address begins like this, also if it has done so before. */
  reaches(start: string): Promise<void>
}

const places = ['/usr/bin/firefox-esr', '/usr/bin/firefox']

/** It calls nobody, and asks nothing. */
const preferences = {
  'remote.active-protocols': 1,
  'app.update.enabled': false,
  'intl.accept_languages': 'en',
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'http://127.0.0.1:1/',
  'toolkit.telemetry.enabled': false,
}

/** A page in a Firefox of its own, which ends with the test and accepts any certificate. */
export async function openFirefox(t: Scope): Promise<FirefoxPage> {
  const connection = await connect(await start(t))
  const { send, heard } = connection
  t.after(connection.close)
  await send('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
  await send('session.subscribe', { events: ['browsingContext.load'] })
  const { context } = await send('browsingContext.create', { type: 'tab' })
  const read = async (expression: string) => {
    const target = { context }
    const { result } = await send('script.evaluate', { expression, target, awaitPromise: true })
    return result?.value
  }
  return {
    async goto(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    read,
    async until(expression) {
      // A page that is being replaced answers with an error.
      while ((await read(expression).catch(() => false)) !== true) await sleep(50)
    },
    reaches: (begin) =>
      heard(({ method, params }) => {
        const isLoad = method === 'browsingContext.load' && params?.context === context
        return isLoad && params?.url?.startsWith(begin) === true
      }),
  }
}

async function start(t: Scope): Promise<string> {
  const program = places.find(existsSync)
  if (program === undefined) throw new Error('there is no Firefox: scripts/install-test-parts.sh')
  const folder = await mkdtemp(join(tmpdir(), 'firefox-'))
  const lines = Object.entries(preferences).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  )
  await writeFile(join(folder, 'user.js'), lines.join('\n'))
  const options = ['--headless', '--no-remote', '--remote-debugging-port', '0']
  const child = spawn(program, [...options, '--profile', folder], {
    env: { ...process.env, HOME: folder, MOZ_DISABLE_CONTENT_SANDBOX: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  let seen = ''
  for await (const piece of child.stderr) {
    seen += piece
    const [, address] = /WebDriver BiDi listening on (ws:\S+)/.exec(seen) ?? []
    if (address !== undefined) return address
  }
  throw new Error(`Firefox did not start: ${seen}`)
}

interface Message {
  readonly id?: number
  readonly type: 'success' | 'error' | 'event'
  readonly method?: string
  readonly params?: { readonly context?: string; readonly url?: string }
  readonly message?: string
  readonly result: { readonly context?: string; readonly result?: { readonly value?: unknown } }
}

async function connect(address: string) {
  const socket = new WebSocket(`${address}/session`)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const events: Message[] = []
  const waiting = new Set<(message: Message) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message: Message = JSON.parse(String(data))
    if (message.type === 'event') events.push(message)
    for (const look of waiting) look(message)
  })
  const next = (isRight: (message: Message) => boolean) =>
    new Promise<Message>((resolve) => {
      waiting.add(function look(message) {
        if (!isRight(message)) return
        waiting.delete(look)
        resolve(message)
      })
    })
  let count = 0
  return {
    async send(method: string, params: object): Promise<Message['result']> {
      count += 1
      const id = count
      const answered = next((message) => message.id === id)
      socket.send(JSON.stringify({ id, method, params }))
      const { type, message, result } = await answered
      if (type === 'error') throw new Error(`${method}: ${message}`)
      return result
    },
    async heard(isRight: (message: Message) => boolean): Promise<void> {
      if (!events.some(isRight)) await next(isRight)
    },
    close: async () => socket.close(),
  }
}
