/** An app whose row cannot be read is closed, and no other app with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logIn, start } from './support/saml-scene.ts'

const realm = 'https://mail.example/owa/'

test('an app whose row cannot be read stops neither the logins to other apps nor the start page', async (t) => {
  const scene = await start(t, [
    { id: 'alpha', name: 'Alpha', protocol: 'saml', settings: saml('alpha') },
    { id: 'beta', name: 'Beta', protocol: 'saml', settings: saml('beta') },
    {
      id: 'gamma',
      name: 'Gamma',
      protocol: 'wsfed',
      settings: { realms: ['https://gamma.example'] },
    },
    {
      id: 'mail',
      name: 'Mail',
      protocol: 'wsfed',
      settings: { realms: [realm], claims: { 'urn:name': 'username' } },
    },
  ])
  const { db, browser, ask } = scene
  for (const [id, values] of [
    ['alpha', { settings: '{"entityId":' }],
    ['beta', { policy: '{"skips":"many"}' }],
    ['gamma', { settings: '{"realms":[]}' }],
  ] as const)
    await db.updateTable('apps').set(values).where('id', '=', id).execute()
  await logIn(browser)
  const page = await browser.get(ask())
  assert.ok(page.text.includes('name="SAMLResponse"'))
  const query = new URLSearchParams({ wa: 'wsignin1.0', wtrealm: realm })
  const mail = await browser.get(`/adfs/ls/?${query}`)
  assert.ok(mail.text.includes('name="wresult"'))
  const home = await browser.get('/')
  assert.equal(home.status, 200)
  const closed = new URLSearchParams({ wa: 'wsignin1.0', wtrealm: 'https://gamma.example' })
  assert.equal((await browser.get(`/adfs/ls/?${closed}`)).status, 503)
})

function saml(name: string) {
  return { entityId: `https://${name}.example`, consumerUrls: [`https://${name}.example/acs`] }
}
