// The servers that are compared: the product, the bare library, and the floor.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findFreePort } from '../free-port.ts'
import { makeFolder, type Running, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'
import { locateClientFile } from '../product/settings.ts'
import { flags, makeData } from '../product/target.ts'
import type { Client, Endpoints } from './client.ts'

export type OidcServer = Running & { client: Client; endpoints: Endpoints }

const describe = (origin: string, prefix: string): Endpoints => ({
  origin,
  authorization: `${origin}${prefix}/auth`,
  token: `${origin}${prefix}/token`,
  userinfo: `${origin}${prefix}/me`,
  introspection: `${origin}${prefix}/token/introspection`,
})

export const startProduct = async (): Promise<OidcServer> => {
  const { folder, remove } = await makeData(0)
  const client: Client = JSON.parse(await readFile(locateClientFile(folder), 'utf8'))
  const running = await startScript({
    script: await packScript(resolve(import.meta.dirname, '../product/server.ts')),
    flags,
    settings: { folder, hash: false, host: '127.0.0.1' },
    cores: serverCore,
    cleanUp: remove,
  })
  return { ...running, client, endpoints: describe(running.url, '/oidc') }
}

const makeClient = (): Client => ({ id: 'bench', secret: randomBytes(32).toString('base64url') })

export const startLibrary = async (): Promise<OidcServer> => {
  const client = makeClient()
  const running = await startScript({
    script: resolve(import.meta.dirname, 'library.ts'),
    flags,
    settings: { client, port: await findFreePort() },
    cores: serverCore,
  })
  return { ...running, client, endpoints: describe(running.url, '') }
}

export const startFloor = async (): Promise<OidcServer> => {
  const client = makeClient()
  const { folder, remove } = await makeFolder('oidc-floor')
  const running = await startScript({
    script: resolve(import.meta.dirname, 'floor.ts'),
    flags,
    settings: { client, file: join(folder, 'floor.db') },
    cores: serverCore,
    cleanUp: remove,
  })
  return { ...running, client, endpoints: describe(running.url, '') }
}
