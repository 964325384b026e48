// How many questions of a proxy the product and a bare node:http that says yes answer per CPU second: asked directly, and by
// nginx, whose own work is part of both sides.

import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { measureRate } from '../asking.ts'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { appHost, locateCookie } from '../forward-auth/app.ts'
import { startNginx } from '../forward-auth/nginx.ts'
import { makeFolder, type Running, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'

type Side = 'product' | 'hello'
type Headers = Readonly<Record<string, string>>

const start = async (side: Side): Promise<Running & { folder: string }> => {
  const { folder, remove } = await makeFolder('forward-auth')
  const file = resolve(import.meta.dirname, `../forward-auth/${side}.ts`)
  const running = await startScript({
    script: side === 'product' ? await packScript(file) : file,
    flags: ['--min-semi-space-size=16'],
    settings: { folder },
    cores: serverCore,
    cleanUp: remove,
  })
  return { ...running, folder }
}

/** The headers of a browser. */
const listHeaders = async (side: Side, folder: string): Promise<Headers> => ({
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br',
  'accept-language': 'de-DE,de;q=0.9',
  'sec-fetch-mode': 'navigate',
  cookie: side === 'product' ? await readFile(locateCookie(folder), 'utf8') : 'a='.padEnd(70, 'b'),
})

export const askedHeaders: Headers = {
  'x-forwarded-proto': 'https',
  'x-forwarded-host': appHost,
  'x-forwarded-uri': '/Space/Page?id=1',
  'x-forwarded-method': 'GET',
}

const measureDirect = async (side: Side, seconds: number): Promise<number> => {
  const running = await start(side)
  try {
    const headers = { ...(await listHeaders(side, running.folder)), ...askedHeaders }
    const url = `${running.url}/forward-auth/caddy`
    return await measureRate([running.pid], { url: () => url, headers }, seconds)
  } finally {
    await running.close()
  }
}

const measureBehindNginx = async (side: Side, seconds: number): Promise<number> => {
  const running = await start(side)
  try {
    const headers = await listHeaders(side, running.folder)
    const nginx = await startNginx(running.folder, serverCore, new URL(running.url).host)
    try {
      const url = `${nginx.url}/Space/Page?id=1`
      const pids = [running.pid, nginx.pid]
      return await measureRate(pids, { url: () => url, headers }, seconds)
    } finally {
      await nginx.close()
    }
  } finally {
    await running.close()
  }
}

export async function* measureForwardAuth({ rounds, seconds }: Bench): AsyncGenerator<Figure[]> {
  const common = { unit: '/CPU s', reference: 'node:http' }
  const direct = await interleave(
    rounds,
    () => measureDirect('product', seconds),
    () => measureDirect('hello', seconds),
  )
  yield [
    compare({
      ...{ ...common, name: 'forward-auth check', rounds: direct },
      goal: { of: 'ratio', atLeast: 0.6 },
    }),
  ]
  const behind = await interleave(
    rounds,
    () => measureBehindNginx('product', seconds),
    () => measureBehindNginx('hello', seconds),
  )
  yield [compare({ ...common, name: 'forward-auth check behind nginx', rounds: behind })]
}
