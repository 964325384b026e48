/** Modules about claims: scopes, the `claims` parameter and the userinfo endpoint. */
import {
  callUserinfo,
  createRequest,
  listOf,
  type Module,
  readUserinfo,
  runFlow,
  type Suite,
  skipUnless,
  type Tokens,
} from './suite.ts'

const claimsOfScope: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: [
    ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'profile', 'picture'],
    ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'updated_at'],
    'preferred_username',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

export const userinfo = (name: string, method: 'GET' | 'POST'): Module => ({
  name,
  async run(suite) {
    const tokens = await runFlow(suite, createRequest(suite))
    readUserinfo(await callUserinfo(suite, tokens.accessToken, method), tokens)
  },
})

export const scope = (name: string, scopes: string): Module => ({
  name,
  async run(suite) {
    const wanted = scopes.split(' ')
    skipUnless(listOf(suite, 'scopes_supported'), wanted)
    const tokens = await runFlow(suite, createRequest(suite, { scope: scopes }))
    const claims = readUserinfo(await callUserinfo(suite, tokens.accessToken), tokens)
    const missing = wanted.flatMap((one) =>
      (claimsOfScope[one] ?? []).filter((claim) => !(claim in claims)),
    )
    suite.warnUnless(missing.length === 0, `userinfo lacks ${missing.join(', ')}`)
    if (wanted.includes('email')) checkEmail(suite, wanted, tokens, claims)
  },
})

function checkEmail(
  suite: Suite,
  scopes: readonly string[],
  tokens: Tokens,
  claims: Readonly<Record<string, unknown>>,
): void {
  suite.warnUnless(!('email' in tokens.claims), 'email stands in the ID token')
  if (scopes.includes('profile')) return
  suite.warnUnless(!('name' in claims), 'name was not asked for')
}

export const userinfoPostBody: Module = {
  name: 'oidcc-userinfo-post-body',
  async run(suite) {
    const tokens = await runFlow(suite, createRequest(suite))
    const form = new URLSearchParams({ access_token: tokens.accessToken })
    const headers = { accept: 'application/json' }
    const url = suite.endpoint('userinfo_endpoint')
    const reply = await suite.send(url, { method: 'POST', form, headers })
    const isTaken = reply.status < 300
    suite.warnUnless(isTaken, 'an access token in the body is not taken')
    if (isTaken) readUserinfo(reply, tokens)
  },
}

export const claimsEssential: Module = {
  name: 'oidcc-claims-essential',
  async run(suite) {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const tokens = await runFlow(suite, createRequest(suite, { claims }))
    const found = readUserinfo(await callUserinfo(suite, tokens.accessToken), tokens)
    suite.warnUnless('name' in found, 'name is essential and is not there')
    suite.warnUnless(!('name' in tokens.claims), 'name stands in the ID token')
  },
}

export const alternateHappyFlow: Module = {
  name: 'oidcc-alternate-happy-flow',
  async run(suite) {
    const request = createRequest(suite, { scope: 'email openid' })
    const params = new URLSearchParams([...request.params].reverse())
    const tokens = await runFlow(suite, { ...request, params })
    const claims = readUserinfo(await callUserinfo(suite, tokens.accessToken), tokens)
    checkEmail(suite, ['email'], tokens, claims)
  },
}
