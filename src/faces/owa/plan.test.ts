import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOwaRoute, owaRoutes, type PlanInput } from './plan.ts'
import { comment, quote } from './power-shell.ts'

const input: PlanInput = {
  mailOrigin: 'https://mail.example.org',
  publicUrl: 'https://login.example.org',
  certificates: [{ base64: 'QUJD', sha1: 'AB'.repeat(20) }],
  port: 8080,
  hasApp: true,
}

function readFile(route: keyof typeof owaRoutes, name: string): string {
  const found = owaRoutes[route].plan(input).files.find((file) => file.name === name)
  assert.ok(found, name)
  return found.content
}

test('the script gives Exchange both realms with and without their final slash, the issuer and the thumbprint', () => {
  const script = readFile('direct', 'apply.ps1')
  assert.match(script, /-AdfsIssuer 'https:\/\/login\.example\.org\/adfs\/ls\/'/)
  const audiences = ['owa/', 'owa', 'ecp/', 'ecp'].map((end) => `'https://mail.example.org/${end}'`)
  assert.ok(script.includes(`-AdfsAudienceUris ${audiences.join(', ')} `))
  assert.ok(script.includes(`$thumbprints = @('${'AB'.repeat(20)}')`))
  assert.ok(script.includes('-AdfsSignCertificateThumbprints $thumbprints'))
  // The settings before the mail: Exchange demands this order.
  assert.ok(script.indexOf('$ecp | ForEach') < script.indexOf('$owa | ForEach'))
})

test('apply.ps1 saves every setting before it changes it, and rollback.ps1 restores it', () => {
  const apply = readFile('direct', 'apply.ps1')
  const back = readFile('direct', 'rollback.ps1')
  const changed = [...apply.matchAll(/ -(\w+) \$(?:true|false)/g)].map(([, name = '']) => name)
  assert.equal(new Set(changed).size, 5)
  const saved = apply.indexOf('Export-Clixml')
  assert.ok(saved > 0 && saved < apply.search(/\bSet-\w+Virtual/))
  assert.ok(saved < apply.indexOf('Set-OrganizationConfig'))
  for (const name of changed) {
    assert.ok(apply.slice(0, saved).includes(name), name)
    assert.ok(back.includes(`-${name} $_.${name}`), name)
  }
  for (const name of ['AdfsIssuer', 'AdfsAudienceUris', 'AdfsSignCertificateThumbprints']) {
    assert.ok(apply.slice(0, saved).includes(name) && back.includes(`-${name}`), name)
  }
})

test('OAuthAuthentication is turned off where the version of Exchange has it, and restored', () => {
  const [apply, back] = [readFile('direct', 'apply.ps1'), readFile('direct', 'rollback.ps1')]
  const saved = apply.indexOf('Export-Clixml')
  assert.equal(
    apply.slice(0, saved).match(/Select-Object Identity, .*OAuthAuthentication\)/g)?.length,
    2,
  )
  for (const name of ['Ecp', 'Owa']) {
    const command = `Set-${name}VirtualDirectory`
    assert.ok(apply.includes(`= Find-Optional ${command} $false`))
    assert.match(apply, new RegExp(`${command} .* @${name.toLowerCase()}Off \\}`))
    assert.ok(back.includes(`Find-Optional ${command} $_.OAuthAuthentication`))
    assert.match(back, new RegExp(`${command} .* @more`))
  }
  for (const script of [apply, back]) {
    assert.match(
      script,
      /\(Get-Command \$Command\)\.Parameters\.ContainsKey\('OAuthAuthentication'\)/,
    )
  }
})

test('each plan names the pages that it follows and when they were read, and warns of Extended Protection', () => {
  for (const route of Object.values(owaRoutes)) {
    const { sources, warnings, files } = route.plan(input)
    assert.ok(sources.length > 0)
    for (const { url, read } of sources) {
      assert.match(url, /^https:\/\/learn\.microsoft\.com\//)
      assert.match(read, /^20\d\d-\d\d-\d\d$/)
    }
    assert.match(warnings[0] ?? '', /2019 CU14.* same certificate as Exchange/)
    for (const { name, content } of files) {
      if (name === 'apply.ps1' && route === owaRoutes.direct) {
        assert.ok((content.match(/learn\.microsoft\.com/g)?.length ?? 0) >= 4)
      }
    }
  }
})

test('apply.ps1 also trusts the next certificate, and rollback.ps1 removes each certificate that was added', () => {
  const certificates = [
    { base64: 'QUJD', sha1: 'AB'.repeat(20) },
    { base64: 'REVG', sha1: 'CD'.repeat(20) },
  ]
  const { files } = owaRoutes.direct.plan({ ...input, certificates })
  const [apply = '', back = ''] = files.map(({ content }) => content)
  assert.ok(apply.includes(`$thumbprints = @('${'AB'.repeat(20)}', '${'CD'.repeat(20)}')`))
  assert.ok(apply.includes("  'QUJD',\n  'REVG'\n"))
  // Also one of a later run; and none that the server trusted before.
  assert.match(
    apply,
    /\$before\.Thumbprints = @\(@\(\$before\.Thumbprints\) \+ @\(\$new\.Thumbprint\)/,
  )
  assert.ok(apply.lastIndexOf('Export-Clixml') < apply.indexOf('$roots.Add('))
  assert.match(back, /\$before\.Thumbprints \|[\s\S]+?FindByThumbprint', \$_,[\s\S]+?Remove/)
})

test('without the app the plan has no script, because the script would lock out every user', () => {
  const { files, steps } = owaRoutes.direct.plan({ ...input, hasApp: false })
  assert.deepEqual(files, [])
  assert.match(
    steps[0] ?? '',
    /einlass app add owa --template owa --url https:\/\/mail\.example\.org$/,
  )
  assert.match(steps[1] ?? '', /einlass owa plan --mail .+ --route direct/)
})

test('a second run of a script does not overwrite the settings that the first run saved', () => {
  for (const route of ['direct', 'adfs'] as const) {
    const script = readFile(route, 'apply.ps1')
    assert.match(script, /if \(-not \(Test-Path \$state\)\) \{\n\s+@\{[\s\S]+?Export-Clixml/i)
    assert.match(readFile(route, 'rollback.ps1'), /if \(-not \(Test-Path \$state\)\) \{ throw/i)
  }
})

test('AD FS accepts the UPN and the account name from this server, but no SID', () => {
  const script = readFile('adfs', 'apply.ps1')
  assert.match(script, /-MetadataUrl 'https:\/\/login\.example\.org\/saml\/metadata'/)
  const [, acceptance = ''] = /\$acceptance = @'([\s\S]+?)'@/.exec(script) ?? []
  assert.ok(!acceptance.includes('primarysid'))
  assert.ok(acceptance.includes('claims/upn') && acceptance.includes('windowsaccountname'))
  assert.match(script, /-AnchorClaimType 'http:\/\/schemas[^']+\/upn'/)
})

test('the proxy guards both sites, and forwards only the listed paths to Exchange', () => {
  const config = readFile('proxy', 'nginx.conf')
  const guarded = config.slice(
    config.indexOf('# Behind the login.'),
    config.indexOf('# Mail programs'),
  )
  assert.match(guarded, /\^\/\(owa\|ecp\)\(\/\|\$\)[\s\S]+auth_request \/forward-auth\/check/)
  assert.match(config, /location \/ \{\n\s+return 404;/)
  assert.ok(config.indexOf('if ($request_uri') < config.search(/^ *location /m))
  assert.equal(config.split('{').length, config.split('}').length)
})

test('only the names of the known routes are valid', () => {
  for (const name of Object.keys(owaRoutes)) assert.ok(isOwaRoute(name))
  for (const name of ['', 'toString', '__proto__', 'Direct']) assert.ok(!isOwaRoute(name))
})

test('a value in a PowerShell script cannot end its own literal', () => {
  const anyQuote = /['\u2018\u2019\u201a\u201b]/
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'a\'‘’‚‛$`"\\ \u00e4') }), (value) => {
      const literal = quote(value)
      assert.ok(literal.startsWith("'") && literal.endsWith("'"))
      // As PowerShell reads it: two quotes are one, and one alone would end the text.
      const inner = [...literal.slice(1, -1)]
      let read = ''
      while (inner.length > 0) {
        const first = inner.shift() ?? ''
        if (anyQuote.test(first)) assert.equal(inner.shift(), first)
        read += first
      }
      assert.equal(read, value)
    }),
  )
  assert.throws(() => quote('a\nb'), /control character/)
})

test('every line of a long comment is marked as a comment', () => {
  const text = comment('word '.repeat(60), 'end')
  for (const line of text.split('\n')) assert.ok(line.startsWith('#') && line.length <= 110)
  assert.equal(text.split('\n').at(-1), '# end')
})
