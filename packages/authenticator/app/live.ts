/**
 * Keeps the app up to date while it is open: a stream of events for each account, and polling if the stream does not work. A
 * sleeping phone closes the stream; when the app is visible again, it fetches at once.
 */
import { type Account, hasEnded } from '../device/account.ts'
import { signFetch } from '../device/requests.ts'
import type { App } from './app.ts'

/** Milliseconds. */
const pollEvery = 5_000
const retryAfter = { least: 2_000, most: 60_000 }

export function keepUpToDate(app: App): void {
  const streams = new Map<string, AbortController>()

  const listen = async (accountId: string): Promise<void> => {
    const controller = new AbortController()
    const { signal } = controller
    streams.set(accountId, controller)
    let pause = retryAfter.least
    while (!signal.aborted) {
      // Read for each attempt, because the clock may have been corrected since the last one.
      const account = await app.database.find(accountId)
      if (account === undefined || hasEnded(account)) return
      const isOpened = await readEvents(app, account, signal).catch(() => false)
      // A server without the stream is polled.
      if (isOpened === 'none') return
      if (isOpened) pause = retryAfter.least
      await new Promise((resolve) => setTimeout(resolve, pause))
      pause = Math.min(pause * 2, retryAfter.most)
    }
  }
  const stop = () => {
    for (const controller of streams.values()) controller.abort()
    streams.clear()
  }
  const start = async () => {
    const accounts = await app.database.list()
    for (const account of accounts)
      if (!hasEnded(account) && !streams.has(account.id)) void listen(account.id)
  }
  const look = async () => {
    if (document.visibilityState !== 'visible') return
    await start()
    await app.refresh()
  }
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void look()
    else stop()
  })
  addEventListener('online', () => void look())
  setInterval(look, pollEvery)
  void look()
}

/** @returns whether the stream was open; `none`: the server has no stream */
async function readEvents(
  app: App,
  account: Account,
  signal: AbortSignal,
): Promise<boolean | 'none'> {
  const { now, randomId } = app.device
  const response = await fetch(`${account.server}/authenticator/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/jose', accept: 'text/event-stream' },
    body: await signFetch(account, { jti: randomId(), now: now() }),
    credentials: 'omit',
    redirect: 'error',
    signal,
  })
  if (response.status === 404) return 'none'
  // The server may have refused the time of the message: a fetch corrects the clock.
  if (response.status === 400) await app.refresh(account.id)
  // The login page of a captive network is not a stream.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream')
  if (!response.ok || isStream !== true || response.body === null) return false
  const reader = response.body.getReader()
  for (;;) {
    const { done } = await reader.read()
    if (done) return true
    // Every event says only: fetch again.
    await app.refresh(account.id)
  }
}
