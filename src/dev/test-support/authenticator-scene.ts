/**
 * For tests of the Einlass authenticator: the whole login of one database, browsers that walk through it, and phones that run
 * what the app runs, over the real addresses of devices.
 */
import { readLink } from '#authenticator'
import {
  type Account,
  type AccountStore,
  type AnswerOptions,
  answerRequest,
  createCaller,
  type Decision,
  enrolDevice,
  fetchOffer,
  fetchRequests,
  type NewDevice,
  openMove,
  sendChange,
} from '#authenticator-device'
import type { Policy } from '../../identity/policy/policy.ts'
import type { JourneyRequest } from '../../login/engine/journey.ts'
import type { Prompt } from '../../login/engine/prompt.ts'
import type { ClientFacts } from '../../login/engine/step.ts'
import type { JourneyView } from '../../login/engine/view.ts'
import type { WakeSender } from '../../login/factors/authenticator/wake-sender.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTestLogin, config as defaults } from './login.ts'
import { readPlain } from './plain-device.ts'
import { toResponse } from './response.ts'
import type { ScreenLock } from './screen-lock.ts'

export const origin = 'https://login.example'
export const peer = 'https://peer.example'
const config = {
  ...defaults,
  authenticator: { enabled: true, combined_totp: false, peers: [peer] },
}

/** Only the Einlass authenticator reaches its level. */
const byCode: Policy = { secondFactor: 'required', level: 'code', skips: 0, decline: false }

const client: ClientFacts = {
  address: '192.0.2.7',
  place: 'Zentrale',
  browser: { name: 'Firefox', system: 'Windows' },
  userAgent: 'Mozilla/5.0',
  language: 'en',
  session: undefined,
}

interface SceneOptions {
  readonly wake?: WakeSender
  readonly policy?: Policy
  /** Whether phones of both kinds get one-time codes. */
  readonly hasCodes?: boolean
}

export type AuthenticatorScene = ReturnType<typeof createAuthenticatorScene>

export function createAuthenticatorScene(
  db: Database,
  { policy = byCode, hasCodes = false, ...options }: SceneOptions = {},
) {
  const section = { ...config.authenticator, combined_totp: hasCodes }
  const push = { ...config.push, combined_totp: hasCodes }
  const configured = { ...config, authenticator: section, push }
  const login = createTestLogin(db, { config: configured, ...options })
  const { stores, answerDevice, openDeviceStream } = login.factors.authenticator
  return {
    ...login,
    stores,

    openDeviceStream,

    /** What the server says to a request of a phone. */
    ask: (request: Request) => askServer(answerDevice, request),

    /** A message that was held up arrives. @returns the claims of the reply, which nobody waits for any more */
    async deliver(message: { readonly url: string; readonly body: string } | undefined) {
      if (message === undefined) throw new Error('no message')
      const headers = { 'content-type': 'application/jose' }
      const { url, body } = message
      const response = await askServer(
        answerDevice,
        new Request(url, { method: 'POST', body, headers }),
      )
      return readPlain(await response.text())
    },

    /** A person who can log in, and the app that they log in to. */
    async addPerson(name = 'erika') {
      if ((await login.apps.find(db, 'mail')) === undefined) await login.addApp('mail', policy)
      return await login.addUser(name)
    },

    /** A browser in which name and password were entered. */
    openBrowser: (
      name = 'erika',
      browserToken = `browser of ${name}`,
      wanted: Wanted = { appId: 'mail' },
    ) => openBrowser(login, name, { browserToken, wanted }),

    /** A phone with the other app. */
    createPushPhone: login.createPhone,

    createPhone: (name = 'Telefon', screenLock?: ScreenLock) =>
      createPhone(login, answerDevice, { name, screenLock }),

    /** The waiting request of a user, with its code, as the page shows it. */
    async findChallenge(deviceId: string) {
      const [challenge] = await stores.challenges.listWaiting(db, deviceId)
      if (challenge === undefined) throw new Error('nothing waits')
      return challenge
    },
  }
}

type AnswerDevice = ReturnType<typeof createTestLogin>['factors']['authenticator']['answerDevice']

async function askServer(answerDevice: AnswerDevice, request: Request): Promise<Response> {
  const { method, url, headers, body } = request
  return toResponse(await answerDevice({ method, url, headers, body, peer: '198.51.100.9' }))
}

/** What the login is for. */
type Wanted = Pick<JourneyRequest, 'appId' | 'confirms'>

type Login = Pick<ReturnType<typeof createTestLogin>, 'engine'>

async function openBrowser(
  { engine }: Login,
  name: string,
  { browserToken, wanted }: { readonly browserToken: string; readonly wanted: Wanted },
) {
  const request = { ...wanted, returnTo: '/sso/oidc/a' }
  const answers = { username: name, password: `password of ${name}` }
  let view: JourneyView = await engine.begin(
    { kind: 'login', request, browserToken, answers },
    client,
  )
  if (view.type !== 'moved') throw new Error(`no login but ${view.type}`)
  const reference = { journeyId: view.journeyId, browserToken }
  const browser = {
    /** Loads the page, until nothing moves. */
    async look(): Promise<JourneyView> {
      do view = await engine.look(reference, client)
      while (view.type === 'moved' && view.journeyId === reference.journeyId)
      return view
    },
    async submit(
      action: string,
      typed: Readonly<Record<string, string>> = {},
    ): Promise<JourneyView> {
      const version = view.type === 'page' ? view.version : 0
      view = await engine.submit(reference, { version, answers: { action, ...typed } }, client)
      return view.type === 'moved' ? await browser.look() : view
    },
    view: () => view,
    step: () => (view.type === 'page' ? view.step : view.type),
    title: () => (view.type === 'page' ? view.form.title.key : view.type),
    status: () => engine.status(reference, client),
    find<Type extends Prompt['type']>(type: Type): Extract<Prompt, { type: Type }> {
      const prompts = view.type === 'page' ? view.form.prompts : []
      const found = prompts.find((one): one is Extract<Prompt, { type: Type }> => one.type === type)
      if (found === undefined) throw new Error(`no ${type} at ${browser.step()}`)
      return found
    },
    /** The six digits of the page. */
    code: () => browser.find('code').value.replace(/\D/g, ''),
    link: () => browser.find('qr').content,
  }
  await browser.look()
  return browser
}

export type TestBrowser = Awaited<ReturnType<typeof openBrowser>>
export type TestPhone = ReturnType<typeof createPhone>

function createPhone(
  { clock }: Pick<ReturnType<typeof createTestLogin>, 'clock'>,
  answerDevice: AnswerDevice,
  { name, screenLock }: { readonly name: string; readonly screenLock?: ScreenLock | undefined },
) {
  const accounts = new Map<string, Account>()
  const store = createStore(accounts)
  /** What happens to the next messages: their replies are lost, or they are held up on their way; and once after the next one. */
  const trouble = { lost: 0, held: 0, afterNext: undefined as (() => Promise<void>) | undefined }
  /** Each message that left. */
  const sent: { readonly url: string; readonly body: string }[] = []
  const call = createCaller({
    async fetch(url, init) {
      sent.push({ url: `${url}`, body: `${init?.body}` })
      if (trouble.held > 0) {
        trouble.held -= 1
        throw new TypeError('held up')
      }
      const response = await askServer(answerDevice, new Request(`${url}`, init))
      const { afterNext } = trouble
      if (afterNext !== undefined && `${url}`.endsWith('/answer')) {
        trouble.afterNext = undefined
        await afterNext()
      }
      if (trouble.lost === 0) return response
      trouble.lost -= 1
      throw new TypeError('lost')
    },
    now: clock.now,
    timeout: 5000,
  })
  let ids = 0
  const options: AnswerOptions = {
    ...{ call, store, now: clock.now, app: origin },
    lock: (_, work) => work(),
    randomId() {
      ids += 1
      return `id-${ids}`
    },
    verify: async (_, challenge) => screenLock?.verify(challenge),
    sleep: async () => {},
  }
  const phone = {
    store,
    sent,
    trouble,
    options,
    account: async (): Promise<Account> => {
      const [first] = await store.list()
      if (first === undefined) throw new Error('no account')
      return first
    },
    /** Opens a link and adds its account. */
    async enrol(text: string, more: Partial<NewDevice> = {}) {
      const link = readLink(text)
      if (link?.type !== 'enrol') throw new Error(`no link: ${text}`)
      const fetched = await fetchOffer(options, link)
      if (fetched.type !== 'done') return fetched
      const { credential } = fetched.offered.offer
      const made = credential && screenLock?.make(credential)
      const device = { name, platform: 'android', ...(made && { made }), ...more } as const
      return await enrolDevice(options, fetched.offered, device)
    },
    /** What waits. */
    fetch: async (language?: string) =>
      await fetchRequests(
        { ...options, ...(language !== undefined && { language }) },
        await phone.account(),
      ),
    change: async (to: Parameters<typeof sendChange>[2]) =>
      await sendChange(options, await phone.account(), to),
    /** Answers what waits, and gives the outcome. */
    async answer(decision: Decision): Promise<string> {
      const fetched = await phone.fetch()
      if (fetched.type !== 'done') return fetched.type
      const [request] = fetched.pending.requests
      if (request === undefined) return 'nothing'
      const { id } = await phone.account()
      const result = await answerRequest(options, id, { request, decision })
      return result.type === 'done' ? result.answered.outcome : result.type
    },
    approve: (code: string) => phone.answer({ decision: 'approve', code }),
    /** Asks for the link for another phone. @returns it, or the outcome without one */
    async move(password: string): Promise<string> {
      const { id } = await phone.account()
      const result = await openMove(options, id, password)
      if (result.type !== 'done') return result.type
      return result.moved.link ?? result.moved.outcome
    },
    /** The digits that it shows, to be typed on the phone whose place it takes. */
    async shownCode(): Promise<string | undefined> {
      const fetched = await phone.fetch()
      return fetched.type === 'done' ? fetched.pending.code : undefined
    },
    /** Another phone with the storage of this one, and another screen lock. */
    copy(otherLock?: ScreenLock) {
      const copied = createPhone({ clock }, answerDevice, { name, screenLock: otherLock })
      for (const account of accounts.values()) void copied.store.add(account)
      return copied
    },
  }
  return phone
}

function createStore(accounts: Map<string, Account>): AccountStore {
  return {
    list: async () => [...accounts.values()],
    find: async (id) => accounts.get(id),
    hasRoom: async () => true,
    async add(account) {
      accounts.set(account.id, account)
    },
    async update(id, change) {
      const before = accounts.get(id)
      if (before === undefined) return undefined
      const after = change(before)
      accounts.set(id, after)
      return after
    },
    async remove(id) {
      accounts.delete(id)
    },
  }
}

/** A person whose phone is enrolled by the pages of a login, and the browser in which that was. */
export async function enrolPhone(
  scene: AuthenticatorScene,
  name = 'erika',
  screenLock?: ScreenLock,
) {
  const user = await scene.addPerson(name)
  const browser = await scene.openBrowser(name)
  await browser.submit('authenticator')
  const phone = scene.createPhone(`Telefon von ${name}`, screenLock)
  await phone.enrol(browser.link())
  await browser.look()
  await phone.approve(browser.code())
  await browser.look()
  return { user, browser, phone, id: (await phone.account()).id }
}
