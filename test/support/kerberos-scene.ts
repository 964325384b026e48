/** A server that takes tickets, behind TLS, and a domain whose people have them. */

import { findPort } from '../../scripts/testing/ports.ts'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import {
  createPlainBrowser,
  type PlainBrowser,
  readForm,
} from '../../src/dev/test-support/plain-browser.ts'
import type { Clock } from '../../src/platform/kernel/clock.ts'
import { type TestActiveDirectory, useActiveDirectory } from './active-directory.ts'
import { createAuthority } from './certificate.ts'
import { describeActiveDirectory } from './directory-scene.ts'
import { startInProcess } from './in-process.ts'
import { run, type TestKerberos, useKerberos } from './kerberos.ts'
import { startTlsFront } from './tls-front.ts'

export const password = 'Regenschirm im Mai 7'

/** What a test changes of the configuration; `kerberos` is put over what the scene has. */
export interface SceneSettings {
  readonly kerberos?: Readonly<Record<string, unknown>>
  readonly [section: string]: unknown
}

export async function openKerberosScene(t: Scope, settings: SceneSettings = {}) {
  const corp = await useActiveDirectory(t)
  const domain = await useKerberos(t, corp)
  const service = await domain.addService('HTTP/localhost')
  // The process that decrypts tickets reads it as the server does.
  process.env.KRB5_CONFIG = domain.configFile
  const { kerberos, ...others } = settings
  const config = {
    directories: [{ name: 'local', kind: 'local' }, await describeActiveDirectory(t, corp)],
    default_policy: { second_factor: 'none' },
    kerberos: {
      keytab_file: service.keytab,
      realms: [{ realm: 'CORP.EXAMPLE', directory: 'corp' }],
      networks: ['127.0.0.0/8'],
      ...kerberos,
    },
    ...others,
  }
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead }
  const { keyHash, server, innerUrl } = await startBehindTls(t, config, clock)
  return {
    ...server,
    clock,
    ...{ corp, domain, service, keyHash },
    /** A person of the domain who has just logged in at their computer. */
    addPerson: (stem: string) => addPerson(corp, domain, stem),
    openBrowser: () => createTicketBrowser(innerUrl, server.publicUrl),
    /** The types of the audit events so far, with their reasons. */
    async events(): Promise<string[]> {
      const rows = await server.db.selectFrom('audit_events').selectAll().orderBy('seq').execute()
      return rows.map(({ type, data }) => [type, JSON.parse(data).reason].filter(Boolean).join(' '))
    },
  }
}

async function startBehindTls(t: Scope, config: Readonly<Record<string, unknown>>, clock: Clock) {
  const authority = createAuthority()
  const certificate = authority.issue(['localhost', '127.0.0.1'])
  const outerPort = await findPort()
  let innerUrl = ''
  const server = await startInProcess(t, config, clock, async (port) => {
    innerUrl = `http://127.0.0.1:${port}`
    await startTlsFront(t, certificate, { port: outerPort, findTarget: () => port })
    return `https://localhost:${outerPort}`
  })
  return { server, innerUrl, keyHash: authority.keyHash }
}

async function addPerson(corp: TestActiveDirectory, domain: TestKerberos, stem: string) {
  const username = corp.name(stem)
  const dn = await corp.addPerson(username, password, { displayName: stem })
  const env = await domain.logIn(username, password)
  return {
    username,
    dn,
    env,
    /** What a browser would send to this service, in base64. */
    makeToken: (service = 'HTTP@localhost') => makeToken(env, service),
  }
}

/** @param service `HTTP@host` */
export async function makeToken(env: NodeJS.ProcessEnv, service: string): Promise<string> {
  const script = `
    const { initializeClient, GSS_MECH_OID_SPNEGO } = require('kerberos')
    initializeClient(${JSON.stringify(service)}, { mechOID: GSS_MECH_OID_SPNEGO })
      .then((client) => client.step(''))
      .then((token) => process.stdout.write(token))
  `
  return await run(process.execPath, ['-e', script], { env })
}

export interface TicketRequest {
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Of the form; absent: the right one. */
  readonly formToken?: string
  readonly isSilent?: boolean
  /** Absent: that of the login page. */
  readonly path?: string
}

/** A browser without scripts that asks for nothing by itself: a test says which ticket it shows. */
function createTicketBrowser(innerUrl: string, publicUrl: string) {
  const browser: PlainBrowser = createPlainBrowser(innerUrl)
  return {
    ...browser,
    async show({ token, headers, formToken, isSilent, path = '/login' }: TicketRequest) {
      const { hidden } = readForm(await browser.get(path))
      const response = await fetch(`${innerUrl}${path.replace('/login', '/login/kerberos')}`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          cookie: browser.cookieHeader(),
          origin: publicUrl,
          ...(token !== undefined && { authorization: `Negotiate ${token}` }),
          ...(isSilent && { accept: 'application/json' }),
          ...headers,
        },
        body: new URLSearchParams({
          form_token: formToken ?? hidden.form_token ?? '',
          version: '0',
          ...(isSilent && { silent: '1' }),
        }),
      })
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        browser.setCookie(name, value)
      }
      return {
        status: response.status,
        challenge: response.headers.get('www-authenticate'),
        location: response.headers.get('location'),
        text: await response.text(),
      }
    },
  }
}
