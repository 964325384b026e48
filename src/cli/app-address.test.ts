import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const redirect = ['--redirect-uri', 'https://cloud.example.org/callback']

test('an address that is not in ASCII is refused with an explanation, for every option', async (t) => {
  const { einlass } = await openTerminal(t)
  const typed = 'https://köln.example/'
  const saml = ['--protocol', 'saml', '--entity-id', 'x', '--acs-url']
  const fits = 'https://x.example/'
  for (const args of [
    ['--redirect-uri', typed],
    ['--redirect-uri', 'https://x.example/Rückweg'],
    ['--redirect-uri', 'https://x.example/two words'],
    [...redirect, '--post-logout-redirect-uri', typed],
    [...redirect, '--backchannel-logout-uri', typed],
    [...redirect, '--allowed-origin', 'https://köln.example'],
    [...redirect, '--start-url', typed],
    [...saml, typed],
    [...saml, fits, '--logout-url', typed],
    [...redirect, '--jwks-uri', typed],
    [...redirect, '--sector-identifier-uri', typed],
    ['--protocol', 'wsfed', '--realm', typed],
    ['--protocol', 'wsfed', '--realm', fits, '--reply-url', typed],
    ['--protocol', 'forward-auth', '--protected-address', typed],
    ['--template', 'grafana', '--url', typed],
    ['--protocol', 'saml', '--metadata', typed],
  ]) {
    const { code, stderr } = await einlass(['app', 'add', 'cloud', ...args])
    assert.equal(code, 64, args.join(' '))
    assert.match(stderr, /an address in ASCII without spaces: its host in Punycode/, args.join(' '))
  }
})
