import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProtocol } from '../../../identity/apps/app-protocol.ts'
import { readIcon } from '../../../identity/apps/icon-file.ts'
import { protocols } from '../../protocols/index.ts'
import { createGuide, findUrl } from './guide.ts'
import { allTemplates, findTemplate, templates } from './index.ts'

const urls = ['https://app.example.org', 'https://example.org/tools/app', 'http://localhost:3000']

for (const template of allTemplates) {
  const protocol = findProtocol(protocols, template.protocol)

  test(`the settings of ${template.name} are valid for each address, and the address can be read from them`, () => {
    for (const url of urls) {
      const settings = template.createSettings(url)
      assert.equal(protocol.settings.safeParse(settings).success, true, JSON.stringify(settings))
      assert.equal(findUrl(template, settings), url)
    }
  })

  test(`the guide of ${template.name} has the values of the installation`, () => {
    const settings = template.createSettings('https://app.example.org')
    const options = { template, protocol, publicUrl: 'https://login.example.org', brand: 'Haus' }
    const steps = createGuide({ id: 'my-app', settings }, { ...options, secret: 'canary' })
    const text = steps.map((step) => `${step.text}\n${step.code ?? ''}`).join('\n')
    assert.match(text, /https:\/\/login\.example\.org\//)
    assert.match(text, /my-app|app\.example\.org/)
    assert.doesNotMatch(text, /undefined|app\.invalid|[äöüß]/)
    if (protocol.hasSecret(protocol.settings.parse(settings))) assert.match(text, /canary/)
  })
}

test('every template has an icon that passes the check for safe SVG', () => {
  for (const { name, icon } of templates) {
    const text = `<svg xmlns="http://www.w3.org/2000/svg">${icon}</svg>`
    assert.equal(readIcon(Buffer.from(text)).type, 'icon', name)
  }
})

test('every template and every library has a unique name and is found by this name', () => {
  const names = allTemplates.map(({ name }) => name)
  assert.deepEqual([...new Set(names)], names)
  for (const template of allTemplates) assert.equal(findTemplate(template.name), template)
  assert.equal(findTemplate('toString'), undefined)
  assert.equal(findTemplate(undefined), undefined)
})
