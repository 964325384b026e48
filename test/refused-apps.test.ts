/** An app whose requests are refused by mistake in its setup: what its operator reads of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInstallation } from './support/installation.ts'

const url = 'https://wiki.example.org'
const advice = /This app sent no PKCE.* if it cannot: einlass app change wiki --pkce optional/

test('the log, why and app test say that an app sent no PKCE and what mends it, until it is mended', async (t) => {
  const installation = await createInstallation(t)
  const displayName = 'Erika Mustermann'
  await installation.addUser({ username: 'erika', displayName, password: 'Regenschirm im Mai' })
  const server = await installation.serve()
  await installation.command(['app', 'add', 'wiki', '--redirect-uri', `${url}/callback`])
  const ask = async () => {
    const query = new URLSearchParams({
      ...{ client_id: 'wiki', response_type: 'code', scope: 'openid' },
      redirect_uri: `${url}/callback`,
    })
    const response = await fetch(`${server.url}/oidc/auth?${query}`, { redirect: 'manual' })
    return new URL(response.headers.get('location') ?? '', server.url)
  }
  assert.equal((await ask()).searchParams.get('error'), 'invalid_request')
  await ask()
  // The second one is written when the server ends.
  await server.stop()
  assert.match(server.output(), advice)
  const explain = () => installation.command(['why', 'erika'])
  assert.match(await explain(), /Requests of wiki were refused 2 times \(pkce_missing\), last at/)
  assert.match(await explain(), advice)

  const again = await installation.serve()
  const tested = () => installation.command(['app', 'test', 'wiki'])
  assert.match(await tested(), /look {3}requests of the app: Refused 2 times \(pkce_missing\)/)
  assert.match(await tested(), advice)
  await installation.command(['app', 'change', 'wiki', '--pkce', 'optional'])
  assert.doesNotMatch(await tested(), /pkce_missing/)
  assert.doesNotMatch(await explain(), /pkce_missing/)
  await again.stop()
})
