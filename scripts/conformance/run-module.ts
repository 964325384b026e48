/**
 * One module of a plan: starts it, opens in a browser what it wants opened, uploads the pictures that it waits for, and reads
 * how it ended. Owns the order of these, and that a module that never ends does not hold up the others.
 */
import type { PlanModule, SuiteApi } from './suite-api.ts'

/** What a page is at which the browser came to rest. */
export type Rest = 'login' | 'error' | 'page' | 'suite'

/** A browser of one module, with its own cookies. */
export interface ModuleBrowser {
  /**
   * Opens an address and does what a person would, until it is back at the suite or nothing goes on.
   * @param look called at each page before anything is done there; `picture` is one of this page
   */
  follow(
    address: { readonly url: string; readonly method: string },
    look: (rest: Rest, takePicture: () => Promise<Buffer>) => Promise<void>,
  ): Promise<void>
  close(): Promise<void>
}

export interface ModuleOptions {
  readonly api: SuiteApi
  openBrowser(module: string): Promise<ModuleBrowser>
  /** Exchanges the server's signing keys. */
  rotateKeys(): Promise<void>
  /** Called once if a module waits for something that is not in a browser: a person's phone. */
  askPerson(module: string): void
  /** Milliseconds. */
  readonly clock: { now(): number }
  wait(milliseconds: number): Promise<void>
  /** Milliseconds for one module. */
  readonly longest: number
}

export interface ModuleResult {
  readonly module: string
  readonly variant: Readonly<Record<string, string>>
  readonly id: string
  /** PASSED, WARNING, REVIEW, SKIPPED, FAILED as the suite says, or INTERRUPTED, or TIMEOUT. */
  readonly result: string
  /** What the suite said of failures and warnings. */
  readonly notes: readonly string[]
}

const poll = 1000

export async function runModule(
  options: ModuleOptions,
  plan: string,
  module: PlanModule,
): Promise<ModuleResult> {
  const { api } = options
  const id = await api.startModule(plan, module)
  const browser = await options.openBrowser(module.testModule)
  try {
    const result = await drive(options, { id, name: module.testModule, browser })
    const notes = (await api.readLog(id)).flatMap(({ result: one, msg, src }) =>
      one === 'FAILURE' || one === 'WARNING' ? [`${one} ${src ?? ''}: ${msg ?? ''}`] : [],
    )
    return { module: module.testModule, variant: module.variant ?? {}, id, result, notes }
  } finally {
    await browser.close()
  }
}

interface Running {
  readonly id: string
  readonly name: string
  readonly browser: ModuleBrowser
}

async function drive(options: ModuleOptions, running: Running): Promise<string> {
  const { api, clock, wait, longest } = options
  const end = clock.now() + longest
  let isStarted = false
  let isAsked = false
  while (clock.now() < end) {
    const { status, result } = await api.readInfo(running.id)
    if (status === 'FINISHED') return result ?? 'UNKNOWN'
    if (status === 'INTERRUPTED') return 'INTERRUPTED'
    // Only the module that wants other keys waits to be started.
    if (status === 'CONFIGURED' && !isStarted && /rotate-keys/.test(running.name)) {
      await options.rotateKeys()
      await api.goOn(running.id)
      isStarted = true
    }
    const isOpened = status === 'WAITING' && (await openNext(options, running))
    if (status === 'WAITING' && !isOpened && !isAsked && /ciba/.test(running.name)) {
      options.askPerson(running.name)
      isAsked = true
    }
    if (!isOpened) await wait(poll)
  }
  await api.cancel(running.id)
  return 'TIMEOUT'
}

/** Opens the first address that was not opened yet. Returns whether there was one. */
async function openNext({ api }: ModuleOptions, { id, browser }: Running): Promise<boolean> {
  const [next] = await api.listAddresses(id)
  if (next === undefined) return false
  await api.noteOpened(id, next.url)
  await browser.follow(next, async (rest, takePicture) => {
    const [open] = rest === 'suite' ? [] : await api.listPlaceholders(id)
    if (open === undefined || !isPictureOf(open.about, rest)) return
    await api.uploadPicture(id, open.id, await takePicture())
  })
  return true
}

/** A picture of a login page is only for a placeholder that asks for one: others ask for an error, which that page is not. */
const isPictureOf = (about: string, rest: Rest): boolean =>
  rest === 'login' ? /log ?in|logo|policy|terms/i.test(about) : true
