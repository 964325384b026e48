/** An app that is added by the library it is written with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const url = 'https://wiki.example.org'

interface Shown {
  readonly template: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly steps: readonly { readonly code?: string }[]
}

test('a library sets what it needs, and the steps for its side have the values of the installation', async (t) => {
  const { einlass } = await openTerminal(t)
  const added = await einlass(['app', 'add', 'wiki', '--library', 'authlib', '--url', `${url}/`])
  assert.equal(added.code, 0, added.stderr)
  const [, secret = '?'] = /client_secret: +(\S+)/.exec(added.stdout) ?? []
  assert.match(added.stdout, /On the side of the app \(Authlib with Flask\):\n\n1\. /)
  assert.ok(added.stdout.includes(`client_secret="${secret}",`))
  assert.match(added.stdout, /einlass app change wiki --pkce required/)

  const shown = (await einlass(['app', 'show', 'wiki', '--json'])).json() as Shown
  const { template, settings, steps } = shown
  assert.deepEqual([template, settings.pkce], ['authlib', 'optional'])
  assert.deepEqual(settings.redirectUris, [`${url}/callback`])
  assert.match(steps[0]?.code ?? '', /client_secret="\(the client_secret\)"/)
})

test('an option beside a library replaces what the library sets', async (t) => {
  const { einlass } = await openTerminal(t)
  const args = ['app', 'add', 'wiki', '--library', 'spring', '--url', url, '--json']
  const added = await einlass([...args, '--pkce', 'required', '--redirect-uri', `${url}/back`])
  assert.equal(added.code, 0, added.stderr)
  const { settings } = (await einlass(['app', 'show', 'wiki', '--json'])).json() as Shown
  assert.deepEqual([settings.pkce, settings.redirectUris], ['required', [`${url}/back`]])
})

test('the lines of a library have the redirect address that was typed', async (t) => {
  const { einlass } = await openTerminal(t)
  const args = ['app', 'add', 'wiki', '--library', 'go-oidc', '--url', url]
  const added = await einlass([...args, '--redirect-uri', `${url}/auth/done`])
  assert.ok(added.stdout.includes(`RedirectURL:  "${url}/auth/done",`), added.stdout)
  assert.ok((await einlass(['app', 'show', 'wiki'])).stdout.includes(`"${url}/auth/done",`))
})

test('a library that is not known is refused with the nearest name, also that of a template', async (t) => {
  const { einlass } = await openTerminal(t)
  const wrong: [string[], RegExp][] = [
    [['--library', 'authlip', '--url', url], /--library\n.*"authlip"\n.*Did you mean authlib\?/],
    [['--library', 'mod-auth-openidc', '--url', url], /Did you mean mod_auth_openidc\?/],
    [['--library', 'django-allauth', '--url', url], /Did you mean allauth\?/],
    [['--library', 'Spring-Boot', '--url', url], /Did you mean spring\?/],
    [['--library', 'gitlab', '--url', url], /Did you mean --template gitlab\?/],
    [['--template', 'spring', '--url', url], /Did you mean --library spring\?/],
    [['--library', 'spring'], /--library needs --url as well/],
    [['--library', 'spring', '--template', 'oidc', '--url', url], /exclude each other/],
    [['--library', 'spring', '--url', url, '--protocol', 'saml'], /spring is for oidc/],
    [['--library', 'spring', '--url', url, '--public'], /--pkce/],
  ]
  for (const [options, said] of wrong) {
    const result = await einlass(['app', 'add', 'wiki', ...options])
    assert.equal(result.code, 64, result.stdout)
    assert.match(result.stderr, said)
  }
})
