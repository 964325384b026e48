/** Two nodes on PostgreSQL behind a proxy as the examples have it, and people who log in to an app there. */
import { createHash, randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { findPort } from '../../scripts/testing/ports.ts'
import { createPlainBrowser, type Reply } from '../../src/dev/test-support/plain-browser.ts'
import { type BalancerName, startBalancer } from './balancers.ts'
import {
  createInstallation,
  type Installation,
  type InstallationOptions,
  type ServerProcess,
} from './installation.ts'

/** At the same time, each of a user of its own: the passwords of one user are hashed one after the other. */
export const people = 6
const password = 'Regenschirm im Mai'
const redirectUri = 'https://wiki.example.org/callback'

export async function startTwoNodes(
  t: TestContext,
  name: BalancerName,
  options: Pick<InstallationOptions, 'findStorage'> = {},
) {
  const port = await findPort()
  const nodes = [await findPort(), await findPort()] as const
  const installation = await createInstallation(t, {
    ...options,
    storage: 'postgres',
    publicUrl: `http://127.0.0.1:${port}`,
    config: {
      trusted_proxies: ['127.0.0.1'],
      // As the examples need it.
      shutdown: { drain: '10s' },
      networks: [{ name: 'Here', ranges: ['127.0.0.0/8'], shared: true }],
      default_policy: { second_factor: 'none' },
    },
  })
  for (let index = 0; index < people; index += 1) {
    await installation.addUser({ username: `user${index}`, displayName: 'Erika', password })
  }
  const app = await installation.addApp({
    id: 'wiki',
    name: 'Wiki',
    settings: { redirectUris: [redirectUri] },
    policy: { secondFactor: 'none' },
  })
  const processes: [ServerProcess, ServerProcess] = [
    await installation.serve(nodes[0]),
    await installation.serve(nodes[1]),
  ]
  const balancer = await startBalancer(t, name, { port, nodes })
  return { installation, processes, nodes, balancer, secret: app.clientSecret ?? '' }
}

/** From the app to the app, with the code redeemed and a page of the account opened. Throws what a person would see. */
export async function logInToApp(
  installation: Installation,
  username: string,
  secret: string,
): Promise<void> {
  const { browser, lastStep, redeem } = await reachLastStep(installation, username, secret)
  await redeem(await browser.get(lastStep))
  requireStatus(await browser.get('/account'), 200)
}

/** From the app to the step that leads back to it, which is still to be made. */
export async function reachLastStep(
  { publicUrl }: Pick<Installation, 'publicUrl'>,
  username: string,
  secret: string,
) {
  const browser = createPlainBrowser(publicUrl)
  const verifier = randomBytes(32).toString('base64url')
  const request = new URLSearchParams({
    ...{ client_id: 'wiki', redirect_uri: redirectUri, response_type: 'code', scope: 'openid' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const page = await browser.follow(await browser.get(`/oidc/auth?${request}`))
  requireStatus(page, 200)
  const form = await browser.answer(page, { username, password, action: 'login' })
  requireStatus(form, 200)
  const onward = /href="([^"]*\/sso\/[^"]*)"/.exec(form.text)?.[1]?.replaceAll('&amp;', '&')
  const { location: lastStep = 'nowhere' } = await browser.get(onward ?? 'nowhere')
  return {
    browser,
    lastStep,
    /** The app redeems the code of the answer to the last step. */
    async redeem(reply: Reply): Promise<void> {
      const code = new URL(reply.location ?? '', publicUrl).searchParams.get('code')
      if (code === null) throw new Error(`no code: ${reply.status} ${titleOf(reply)}`)
      const tokens = await fetch(`${publicUrl}/oidc/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`wiki:${secret}`)}` },
        body: new URLSearchParams({
          ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri },
          code_verifier: verifier,
        }),
      })
      if (tokens.status !== 200)
        throw new Error(`no tokens: ${tokens.status} ${await tokens.text()}`)
      await tokens.body?.cancel()
    },
  }
}

const titleOf = ({ text }: Reply): string => /<title>([^<]*)/.exec(text)?.[1] ?? text.slice(0, 200)

function requireStatus(reply: Reply, status: number): void {
  if (reply.status !== status) throw new Error(`${reply.status}: ${titleOf(reply)}`)
}
