/** A demo in this process, with a clock that tests move, a browser for it, and the phone in the terminal. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { findPort, findPorts } from '../../scripts/testing/ports.ts'
import { type Demo, startDemo } from '../../src/dev/demo/demo.ts'
import { runPhoneCommand } from '../../src/dev/phone/commands.ts'
import { type Scope, writeEmptyDatabase } from '../../src/dev/test-support/on-each-engine.ts'
import { silentLog } from '../../src/platform/kernel/log.ts'

/** People of the demo. */
export const erika = { username: 'erika.mustermann', password: 'Regenschirm im Mai' }
export const max = { username: 'max.muster', password: 'Kaffee um halb acht' }

export interface Stage {
  readonly demo: Demo
  readonly webmail: string
  readonly portal: string
  /** Moves the server's clock on. */
  pass(milliseconds: number): void
  /** A phone of its own for each name. */
  phone(name: string): TerminalPhone
}

export async function setStage(t: Scope): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-guide-'))
  let offset = 0
  const clock = { now: () => Date.now() + offset }
  await writeEmptyDatabase(join(folder, 'einlass.db'))
  const port = await findPorts(4)
  const demo = await startDemo({ folder, port, log: silentLog, clock })
  const phones: TerminalPhone[] = []
  t.after(async () => {
    await Promise.all(phones.map((phone) => phone.end()))
    await demo.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const [webmail, portal] = demo.apps.map(({ party }) => party.url)
  return {
    demo,
    webmail: webmail ?? '',
    portal: portal ?? '',
    pass(milliseconds) {
      offset += milliseconds
    },
    phone(name) {
      const phone = createTerminalPhone(join(folder, `${name}.json`))
      phones.push(phone)
      return phone
    },
  }
}

export interface TerminalPhone {
  scan(uri: string | null): void
  listen(): Promise<void>
  /** Types an answer: a number, or `d` to deny. Waits until the phone asks. */
  answer(text: string): Promise<void>
  /** Deletes an account on the phone; the server knows nothing of it. */
  forget(id: string): Promise<void>
  /** Waits until the phone has said something like that. */
  says(pattern: RegExp): Promise<string>
  end(): Promise<void>
}

function createTerminalPhone(file: string): TerminalPhone {
  let stdin = new PassThrough()
  let said = ''
  let abort = new AbortController()
  let running: Promise<number> = Promise.resolve(0)
  let port: number | undefined

  async function run(args: readonly string[]): Promise<void> {
    await end()
    port ??= await findPort()
    said = ''
    stdin = new PassThrough()
    abort = new AbortController()
    const stdout = {
      write(text: string) {
        said += text
        return true
      },
    }
    running = runPhoneCommand([...args, '--file', file, '--port', `${port}`], {
      stdin,
      stdout,
      stderr: stdout,
      env: {},
      signal: abort.signal,
    })
  }

  async function end(): Promise<void> {
    abort.abort()
    stdin.end()
    await running
  }

  async function says(pattern: RegExp): Promise<string> {
    const until = Date.now() + 30_000
    while (Date.now() < until) {
      const found = pattern.exec(said)?.[0]
      if (found !== undefined) return found
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error(`the phone did not say ${pattern}; it said:\n${said}`)
  }

  return {
    scan: (uri) => void run(['scan', uri ?? '', '--name', 'Erikas Telefon']),
    async listen() {
      await run(['listen'])
      await says(/Listening/)
    },
    async answer(text) {
      await says(/to deny/)
      stdin.write(`${text}\n`)
      await says(/Sent: |was not taken/)
      said = ''
    },
    async forget(id) {
      await run(['remove', id])
      await says(/Removed/)
    },
    says,
    end,
  }
}

export interface Person {
  readonly page: Page
  readonly errors: readonly string[]
}

/** A person in front of a browser of their own. */
export async function person(
  t: Scope,
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Person> {
  const context = await browser.newContext({
    locale: 'de-DE',
    viewport: { width: 1280, height: 900 },
    ...options,
  })
  const page = await context.newPage()
  t.after(async () => {
    if (hasFailed(t)) process.stderr.write(await describePage(page))
    await context.close()
  })
  page.setDefaultTimeout(30_000)
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(`${error}`))
  page.on('console', (entry) => {
    if (entry.type() === 'error' && !/Failed to load resource/.test(entry.text())) {
      errors.push(entry.text())
    }
  })
  return { page, errors }
}

/** A scope that is a test knows how the test ended. */
function hasFailed(t: Scope): boolean {
  return 'passed' in t && t.passed === false
}

/** What the person saw last: what a failure on another machine is understood by. */
export async function describePage(page: Page): Promise<string> {
  const text = await page
    .locator('body')
    .ariaSnapshot({ timeout: 2_000 })
    .catch((error: unknown) => `${error}`)
  return `--- at ${page.url()}\n${text}\n`
}

export async function signIn(page: Page, user: { username: string; password: string }) {
  await page.fill('[name=username]', user.username)
  await page.fill('[name=password]', user.password)
  await page.locator('button[name=action][value=login]').click()
}

/**
 * The page after so many milliseconds. It is left meanwhile: a page that waits loads the next one by itself, and its
 * navigation and ours would break one another off.
 */
export async function comeBackAfter(stage: Stage, page: Page, milliseconds: number): Promise<void> {
  const address = page.url()
  await page.goto('about:blank')
  stage.pass(milliseconds)
  await page.goto(address)
}

/** What the QR code of the page holds. */
export async function readPushUri(page: Page): Promise<string> {
  return (await page.locator('a[href^="pushauth:"]').first().getAttribute('href')) ?? ''
}

/** From the offer of a second factor past the phone's test and the page that follows it. */
export async function connectPhone(page: Page, phone: TerminalPhone): Promise<void> {
  await page.locator('button[value=register]').click()
  await scanPhone(page, phone)
}

/** From the page with the QR code past the phone's test and the page that follows it. */
export async function scanPhone(page: Page, phone: TerminalPhone): Promise<void> {
  phone.scan(await readPushUri(page))
  await page.locator('.number').waitFor()
  await phone.answer(await shownNumber(page))
  await leaveDone(page)
}

/** From the page after an enrolment on to the app. */
export async function leaveDone(page: Page): Promise<void> {
  await page.locator('button[value=left]').click()
}

/** The number that the page shows. */
export async function shownNumber(page: Page): Promise<string> {
  const text = await readText(page, '.number')
  return /\d+/.exec(text)?.[0] ?? ''
}

export async function heading(page: Page): Promise<string> {
  return (await readText(page, 'h1')).replace(/\s+/g, ' ')
}

/** What a person would read there, or at least what is written. */
export async function readText(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).textContent()) ?? ''
}
