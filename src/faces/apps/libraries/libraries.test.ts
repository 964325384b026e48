import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oidcAppSettingsSchema } from '../../protocols/oidc/settings.ts'
import { libraryTemplates } from '../templates/index.ts'
import { libraries } from './index.ts'

const url = 'https://wiki.example.org'

test('an app of a library that sends no PKCE needs none, and has a secret', () => {
  for (const [index, { name, pkce }] of libraries.entries()) {
    const settings = oidcAppSettingsSchema.parse(libraryTemplates[index]?.createSettings(url))
    assert.equal(settings.pkce, pkce.type === 'sent' ? 'required' : 'optional', name)
    if (pkce.type !== 'sent') assert.equal(settings.tokenEndpointAuthMethod, 'client_secret_basic')
  }
})

test('a library is called what no other one is', () => {
  const called = libraries.flatMap(({ name, alsoCalled = [] }) => [name, ...alsoCalled])
  assert.deepEqual([...new Set(called)], called)
})

test('the redirect address of a library is in its settings and where its lines need it', () => {
  for (const [index, { name, callback }] of libraries.entries()) {
    const { redirectUris } = libraryTemplates[index]?.createSettings(url) ?? {}
    assert.deepEqual(redirectUris, [`${url}/${callback}`], name)
  }
})

test('the steps of a library that can send PKCE say how, and how to require it then', () => {
  for (const [index, { name, pkce }] of libraries.entries()) {
    const steps = libraryTemplates[index]?.createGuide({
      id: 'wiki',
      url,
      brand: 'Haus',
      secret: 'canary',
      address: (of) => `https://login.example.org/${of}`,
    })
    const code = (steps ?? []).map((step) => step.code ?? '').join('\n')
    assert.equal(
      code.includes('einlass app change wiki --pkce required'),
      pkce.type === 'off',
      name,
    )
    assert.ok((steps?.[0]?.code ?? '').split('\n').length <= 15, name)
  }
})
