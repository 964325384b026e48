/** What Apache with mod_auth_openidc makes of an error, with the settings of its library and without. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { relyingParties } from './support/relying-parties.ts'
import { setRelyingPartyStage } from './support/relying-party-stage.ts'

test('Apache takes an error without iss as the answer to its request, and fails at one with iss', async (t) => {
  const { start, installation, page } = await setRelyingPartyStage(t)
  const party = relyingParties['mod-auth-openidc']
  const app = await start({ ...party, id: 'app', host: '127.0.0.1' })
  const path = party.findLoginPath({ max_age: 'never' }, app)
  const answered = async () => {
    const response = await page.goto(`${app.origin}${path}`)
    const { origin, searchParams } = new URL(page.url())
    assert.deepEqual([origin, searchParams.get('error')], [app.origin, 'invalid_request'])
    return response?.status()
  }
  // Its answer to every refusal.
  assert.equal(await answered(), 400)
  await installation.command(['app', 'change', 'app', '--no-errors-without-issuer'])
  // It takes the error for the login of a third party, and has no address to go to.
  assert.equal(await answered(), 500)
})
