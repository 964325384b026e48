/**
 * The mark on the requests of `einlass app test`: a refusal of a marked request says nothing about the app, so nothing is
 * recorded of it. Only someone with the key of this instance can make a mark. It is for one app and for a minute, and goes to this
 * server alone. It permits nothing else.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { type Clock, minutes } from '../../platform/kernel/clock.ts'
import { equalInConstantTime, hmac } from '../../platform/kernel/crypto.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'

export const markHeader = 'einlass-app-test'

const lifetime = minutes(1)
/** How far the clock of the machine that tests may be ahead. */
const tolerance = minutes(1)

export interface AppTestMarks {
  write(appId: string): string
  /** `appId`: whom the refused request came from; absent: it names no known app. */
  isMarked(headers: IncomingHttpHeaders, appId?: string): boolean
}

export function createAppTestMarks(options: {
  readonly keyring: Pick<Keyring, 'deriveInEpoch'>
  readonly clock: Clock
}): AppTestMarks {
  const { keyring, clock } = options
  let made: Uint8Array | undefined
  const sign = (text: string) => {
    made ??= keyring.deriveInEpoch('app test marks')
    return hmac(made, text)
  }
  return {
    write(appId) {
      const text = `${clock.now() + lifetime}.${Buffer.from(appId).toString('base64url')}`
      return `${text}.${sign(text)}`
    },
    isMarked(headers, appId) {
      const mark = headers[markHeader]
      if (typeof mark !== 'string') return false
      const [, text = '', until = '', app = '', signature = ''] = markPattern.exec(mark) ?? []
      if (text === '' || !equalInConstantTime(signature, sign(text))) return false
      const left = Number(until) - clock.now()
      const isOfApp = appId === undefined || Buffer.from(app, 'base64url').toString() === appId
      return isOfApp && left > 0 && left <= lifetime + tolerance
    },
  }
}

const markPattern = /^((\d{1,16})\.([\w-]{1,200}))\.([\w-]{43})$/

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
