/** Libraries that send no PKCE by default, with the lines that turn it on, and Einlass requires it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { relyingParties } from './support/relying-parties.ts'
import type { RelyingParty } from './support/relying-party.ts'
import { readClaims, setRelyingPartyStage } from './support/relying-party-stage.ts'

const keys = [
  'authlib',
  'django-allauth',
  'go-oidc',
  'ruby-openid-connect',
  'mod-auth-openidc-without-pkce',
] as const

test('a library that can send PKCE logs people in when it does, at an app that requires it', async (t) => {
  const { start, installation, page, publicUrl, enterPassword } = await setRelyingPartyStage(t)
  for (const [index, key] of keys.entries()) {
    const party: RelyingParty = relyingParties[key]
    const options = ['--second-factor', 'none']
    const app = await start({ ...party, id: key, host: '127.0.0.1', options, withPkce: true })
    await installation.command(['app', 'change', key, '--pkce', 'required'])
    await page.goto(`${app.origin}${party.findLoginPath({}, app)}`)
    if (party.loginButton) await page.getByRole('button', { name: party.loginButton }).click()
    if (index === 0) {
      await page.waitForURL((url) => url.origin === publicUrl)
      await enterPassword()
    }
    await page.waitForURL(`${app.origin}/`)
    assert.equal((await readClaims(page))?.preferred_username, 'erika', app.output())
  }
})
