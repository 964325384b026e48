/**
 * The whole login on one database, for tests that need neither pages nor sockets: the real steps, a clock that is set
 * by hand, a hasher that costs nothing, and phones that speak the push protocol.
 */

import {
  answerBody,
  parseNotification,
  parseRegistrationUri,
  type RegisteringPhone,
  type Registration,
  registerBody,
} from '#forgerock-push'
import { protocols } from '../../faces/protocols/index.ts'
import { createApps } from '../../identity/apps/apps.ts'
import { createLoginCounts } from '../../identity/audit/login-counts.ts'
import { openAlerts } from '../../identity/notify/alerts/alerts.ts'
import type { Policy } from '../../identity/policy/policy.ts'
import type { Directory } from '../../identity/users/directory.ts'
import type { Hasher } from '../../identity/users/hasher.ts'
import { createLocalDirectory } from '../../identity/users/local/directory.ts'
import { createLocalNames } from '../../identity/users/local/names.ts'
import { createLocalPasswords } from '../../identity/users/local/passwords.ts'
import { createPasswordRules } from '../../identity/users/password-rules.ts'
import type { WakeSender } from '../../login/factors/authenticator/wake-sender.ts'
import { createHttpSender } from '../../login/factors/push/senders/http.ts'
import { createLogin } from '../../login/login.ts'
import { type Config, configSchema } from '../../platform/config/schema.ts'
import type { Database } from '../../platform/storage/database.ts'
import { createTestFactors } from './factors.ts'
import { toResponse } from './response.ts'
import { createScene, createTestClock } from './scene.ts'

const publicUrl = 'https://login.example'
const phones = 'http://phones.example'

export const config = configSchema.parse({
  push: { senders: { http: { allowed_origins: [phones] } } },
})

/** Says that a password matches the hash that is `hash of <password>`. */
export const instantHasher: Hasher = {
  hash: async (password) => `hash of ${password}`,
  waiting: () => 0,
  verify: async (hash, password) => ({ matches: hash === `hash of ${password}` }),
}

/** Hands messages over to the phones, by the address that each has registered. */
function createPost() {
  const boxes = new Map<string, string[]>()
  const post: typeof fetch = async (url, init) => {
    const box = boxes.get(`${url}`)
    if (box === undefined) return new Response(null, { status: 404 })
    box.push(`${init?.body}`)
    return new Response(null, { status: 200 })
  }
  return { boxes, fetch: post }
}

export type TestLogin = ReturnType<typeof createTestLogin>

export interface TestLoginOptions {
  readonly config?: Config
  readonly hasher?: Hasher
  readonly wake?: WakeSender
  /** In place of the local directory, which it is given. */
  readonly openDirectory?: (local: Directory) => Directory
}

export function createTestLogin(db: Database, options: TestLoginOptions = {}) {
  const { config: configured = config, hasher = instantHasher } = options
  const post = createPost()
  const scene = createScene(db, createTestClock())
  const { users, sessions } = scene
  const apps = createApps({ ...scene, protocols, defaultPolicy: configured.default_policy })
  const appName = async (id: string | undefined) =>
    id === undefined ? undefined : (await apps.find(db, id))?.name
  const local = createLocalDirectory({
    ...{ ...scene, hasher },
    minLengthAlone: configured.passwords.min_length,
    names: createLocalNames({
      ...scene,
      loginAttributes: configured.directories[0]?.login_attributes,
    }),
  })
  const directory = options.openDirectory?.(local) ?? local
  const sender = createHttpSender({
    allowedOrigins: config.push.senders.http.allowed_origins,
    fetch: post.fetch,
  })
  const factors = createTestFactors([sender], options.wake)
  const login = createLogin({
    config: configured,
    publicUrl,
    openFactors: factors.openFactors,
    platform: scene,
    identity: {
      ...{ ...scene, hasher, directory, apps, appName },
      passwordRules: createPasswordRules(configured),
    },
    records: {
      ...scene,
      alerts: openAlerts({ ...scene, config: configured, publicUrl }),
      loginCounts: createLoginCounts(),
    },
  })
  const opened = factors.open()
  const { push } = opened
  return {
    ...scene,
    ...login,
    factors: { ...login.factors, ...opened },
    factorRules: factors.rules(),
    passwords: createLocalPasswords(scene),
    directory,
    apps,
    appName,
    pass: scene.clock.pass,
    /** A person whose password is `password of <name>`. */
    addUser: (name: string) =>
      users.create(db, {
        username: name,
        displayName: name,
        passwordHash: `hash of password of ${name}`,
      }),
    addApp: (id: string, policy: Policy) =>
      apps.create(db, {
        id,
        name: id,
        settings: { redirectUris: [`https://${id}.example/`], tokenEndpointAuthMethod: 'none' },
        policy,
      }),
    /** Takes the messages to a phone that was added without any page. */
    openBox: (address: string) => void post.boxes.set(address, []),
    createPhone: (name: string) =>
      createPhone(name, async (request) => toResponse(await push.phones(request)), post.boxes),
    /** Waits for what runs behind the answers. */
    async settle() {
      await push.settle()
      await opened.authenticator.settle()
      await sessions.settled()
    },
  }
}

/** One phone with any number of accounts. It keeps every message, and everything that it ever sent. */
function createPhone(
  name: string,
  server: (request: Request) => Promise<Response>,
  boxes: Map<string, string[]>,
) {
  const inbox: string[] = []
  const sent: { action: string; body: string }[] = []
  const secrets: Uint8Array[] = []
  let accounts = 0

  async function send(action: string, body: string): Promise<boolean> {
    sent.push({ action, body })
    const url = `${publicUrl}/am/json/push/sns/message?_action=${action}`
    const response = await server(new Request(url, { method: 'POST', body }))
    return response.status === 200
  }

  function take({ messageId, challenge, sharedSecret }: Registration): Promise<boolean> {
    const address = `${phones}/${name}/${++accounts}`
    boxes.set(address, inbox)
    secrets.push(sharedSecret)
    const phone: RegisteringPhone = {
      mechanismUid: `${name}-${accounts}`,
      deviceId: address,
      deviceType: 'android',
      communicationType: 'gcm',
      deviceName: name,
    }
    return send('register', registerBody({ messageId, challenge, secret: sharedSecret, phone }))
  }

  return {
    name,
    /** How many messages have come. */
    count: () => inbox.length,
    /** Whether the server took it. */
    async scan(uri: string): Promise<boolean> {
      const reading = parseRegistrationUri(uri)
      if (reading.type !== 'ok') throw new Error(`no phone can read ${uri}`)
      return await take(reading.registration)
    },
    /** Answers a message, the latest being 0. `pick` chooses among the numbers that it shows. */
    async answer(back: number, pick: 'deny' | ((numbers: readonly number[]) => number)) {
      const text = inbox.at(-1 - back)
      if (text === undefined) return false
      const { messageId, message } = JSON.parse(text)
      for (const secret of secrets) {
        const reading = parseNotification(message, secret)
        if (reading.type !== 'ok') continue
        const { challenge, kind } = reading.notification
        if (kind.type !== 'challenge') throw new Error('a message without numbers')
        const answer =
          pick === 'deny'
            ? ({ type: 'deny', challenge: true } as const)
            : ({ type: 'approve', number: pick(kind.numbers) } as const)
        const body = answerBody({ client: 'android', messageId, challenge, secret, answer })
        return await send('authenticate', body)
      }
      throw new Error('a message that no account can read')
    },
    messageId: (back: number): string | undefined => {
      const text = inbox.at(-1 - back)
      return text === undefined ? undefined : JSON.parse(text).messageId
    },
    /** Sends once more what it has sent, the latest being 0. */
    async replay(back: number): Promise<boolean> {
      const before = sent.at(-1 - back)
      return before !== undefined && (await send(before.action, before.body))
    },
  }
}
