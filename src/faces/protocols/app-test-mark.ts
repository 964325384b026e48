/**
 * The marks on the requests of `einlass app test`: a refusal of a marked request says nothing about the app, so nothing is
 * recorded of it. Only someone with the key of this instance can make a mark. It is for one app and for a minute, and goes to this
 * server alone. A proxy may write it to its log: each request has a mark of its own, and a node lets it hide one refusal. It
 * permits nothing else.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'
import { newSecret } from '../../platform/kernel/ids.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Random } from '../../platform/kernel/random.ts'

export const markHeader = 'einlass-app-test'

const lifetime = minutes(1)
/** How far the clock of the machine that tests may be ahead. */
const tolerance = minutes(1)

export interface AppTestMarks {
  write(appId: string): string
  /**
   * Whether the refused request has a valid mark, which it uses up. `appId`: whom the request came from; absent: it names no
   * known app.
   */
  spend(headers: IncomingHttpHeaders, appId?: string): boolean
}

export function createAppTestMarks(options: {
  readonly keyring: Pick<Keyring, 'deriveInEpoch'>
  readonly clock: Clock
  readonly random: Random
}): AppTestMarks {
  const { keyring, clock, random } = options
  let made: Uint8Array | undefined
  const sign = (text: string) => {
    made ??= keyring.deriveInEpoch('app test marks')
    return hmac(made, text)
  }
  /** When each spent mark ends, by its signature. It has valid marks only, so that nobody else can fill it. */
  const spent = new Map<string, number>()
  const forgetEnded = (now: number) => {
    for (const [signature, until] of spent) if (until <= now) spent.delete(signature)
  }
  return {
    write(appId) {
      const app = Buffer.from(appId).toString('base64url')
      const text = `${clock.now() + lifetime}.${newSecret(random)}.${app}`
      return `${text}.${sign(text)}`
    },
    spend(headers, appId) {
      const mark = headers[markHeader]
      if (typeof mark !== 'string') return false
      const [, text = '', end = '', app = '', signature = ''] = markPattern.exec(mark) ?? []
      if (text === '' || !equalInConstantTime(signature, sign(text))) return false
      const [now, until] = [clock.now(), Number(end)]
      const isInTime = until > now && until - now <= lifetime + tolerance
      const isOfApp = appId === undefined || Buffer.from(app, 'base64url').toString() === appId
      if (!isInTime || !isOfApp || spent.has(signature)) return false
      forgetEnded(now)
      spent.set(signature, until)
      return true
    },
  }
}

const markPattern = /^((\d{1,16})\.[\w-]{43}\.([\w-]{1,200}))\.([\w-]{43})$/

/** A fetch that marks requests to this server, and no others. */
export function createMarkedFetch(options: {
  readonly fetch: typeof fetch
  readonly publicUrl: string
  writeMark(): string
}): typeof fetch {
  const { fetch, publicUrl, writeMark } = options
  return async (input, init) => {
    const request = new Request(input, init)
    if (new URL(request.url).origin === new URL(publicUrl).origin) {
      request.headers.set(markHeader, writeMark())
    }
    return await fetch(request)
  }
}
