import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

test('owa leaks lists the addresses that accept a password alone, and its exit code tells if there are any', async (t) => {
  const terminal = await openTerminal(t)
  let isOpen = true
  const server = createServer((request, response) => {
    const isEws = request.url === '/EWS/Exchange.asmx'
    const scheme = isEws && isOpen ? 'Basic realm="mail"' : 'Bearer'
    response.writeHead(401, { 'www-authenticate': scheme }).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const open = await terminal.einlass(['owa', 'leaks', `${origin}/owa/`])
  assert.equal(open.code, 1)
  assert.match(open.stdout, /EWS\/Exchange\.asmx .* A PASSWORD IS ENOUGH: Basic/)
  assert.match(open.stdout, /One address takes a password alone/)
  isOpen = false
  const closed = await terminal.einlass(['owa', 'leaks', origin, '--json'])
  assert.equal(closed.code, 0)
  assert.match(closed.stdout, /"leaks":0,/)
  server.closeAllConnections()
  server.close()
  const away = await terminal.einlass(['owa', 'leaks', origin])
  assert.equal(away.code, 69)
  assert.match(away.stdout, /cannot be asked from here \(ECONNREFUSED\)/)
  for (const typed of ['mail.example.org', 'ftp://mail.example.org', '']) {
    const wrong = await terminal.einlass(['owa', 'leaks', typed])
    assert.equal(wrong.code, 64)
    assert.match(wrong.stderr, /is no address such as/)
  }
})

test('owa leaks says that a server without any login does not look like Exchange', async (t) => {
  const terminal = await openTerminal(t)
  const server = createServer((_request, response) => void response.end('<html>'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const asked = await terminal.einlass(['owa', 'leaks', origin])
  assert.equal(asked.code, 69)
  assert.match(asked.stdout, /does not look like Exchange/)
  assert.doesNotMatch(asked.stdout, /No address takes a password/)
})

/** Nothing listens at this address, so no test depends on a network. */
const mail = 'https://127.0.0.1:1'

test('a plan writes both scripts, names the missing attributes of a user, and explains what to do', async (t) => {
  const terminal = await openTerminal(t)
  const { einlass, folder } = terminal
  await einlass(['user', 'add', 'erika'])
  const out = join(folder, 'plan')
  const args = ['owa', 'plan', '--mail', mail, '--out', out]
  const early = await einlass([...args, '--route', 'direct'])
  assert.equal(early.code, 1)
  assert.match(early.stdout, /1\. Here: einlass app add owa --template owa --url https:\/\/127/)
  assert.doesNotMatch(early.stdout, /Wrote/)
  await assert.rejects(stat(join(out, 'apply.ps1')))
  await einlass(['app', 'add', 'owa', '--template', 'owa', '--url', mail])
  const planned = await einlass([...args, '--route', 'direct', '--user', 'erika'])
  assert.equal(planned.code, 1)
  assert.match(
    planned.stdout,
    /LOOK +attributes of erika +without upn and sid: einlass user change/,
  )
  assert.match(planned.stdout, /LOOK +clock of https:\/\/127\.0\.0\.1:1 +no answer/)
  assert.match(planned.stdout, /ok +public_url +https:\/\/login\.example\.org/)
  assert.match(planned.stdout, /1\. On every Exchange server/)
  assert.match(planned.stdout, /Warning: This route was not tried on a real Exchange server/)
  const script = await readFile(join(out, 'apply.ps1'), 'utf8')
  const [, shown = ''] = /certificate +([0-9A-F]{40}),/.exec(planned.stdout) ?? []
  assert.ok(script.includes(`$thumbprints = @('${shown}')`))
  // Windows PowerShell reads UTF-8 only with a mark.
  assert.ok(script.startsWith('\ufeff#'))
  assert.ok((await stat(join(out, 'rollback.ps1'))).size > 0)

  const given = ['--attribute', 'upn=erika@example.org', '--attribute', 'sid=S-1-5-21-1-2-3-1104']
  await einlass(['user', 'change', 'erika', ...given])
  const again = await einlass([...args, '--route', 'direct', '--user', 'erika'])
  assert.match(again.stdout, /ok +attributes of erika +upn erika@example\.org; sid S-1-5-21-/)
  await einlass(['keys', 'rotate', '--purpose', 'saml'])
  const changing = await einlass([...args, '--route', 'direct'])
  const [, next = ''] =
    /LOOK +next certificate +([0-9A-F]{40}) signs from \S+ \S+ UTC/.exec(changing.stdout) ?? []
  const both = await readFile(join(out, 'apply.ps1'), 'utf8')
  assert.ok(both.includes(`$thumbprints = @('${shown}', '${next}')`))
})

test('the plan for a proxy uses the configured port and says that trusted_proxies must name the proxy', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const out = join(folder, 'plan')
  const env = { EINLASS_LISTEN_PORT: '8780' }
  const args = ['owa', 'plan', '--mail', mail, '--out', out, '--route', 'proxy']
  const planned = await einlass(args, { env })
  assert.match(planned.stdout, /Wrote .*nginx\.conf/)
  assert.match(planned.stdout, /LOOK +trusted_proxies +none: /)
  assert.match(planned.stdout, /3\. In einlass\.yaml: .* trusted_proxies/)
  const file = await readFile(join(out, 'nginx.conf'), 'utf8')
  assert.match(file, /server EINLASS-ADDRESS:8780;/)
  const named = { ...env, EINLASS_TRUSTED_PROXIES: '192.0.2.7' }
  assert.match((await einlass(args, { env: named })).stdout, /ok +trusted_proxies +192\.0\.2\.7/)
})

test('owa plan writes no script if the login has no https address', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const env = { EINLASS_PUBLIC_URL: 'http://localhost:8080' }
  const out = join(folder, 'plan')
  for (const route of ['direct', 'adfs']) {
    const args = ['owa', 'plan', '--mail', mail, '--out', out, '--route', route]
    const planned = await einlass(args, { env })
    assert.equal(planned.code, 64)
    assert.match(planned.stderr, /public_url\n +found: +"http:\/\/localhost:8080"/)
    await assert.rejects(stat(out))
  }
})

test('owa plan asks for missing options on a terminal, and names them in an error without a terminal', async (t) => {
  const { einlass, folder } = await openTerminal(t)
  const out = join(folder, 'plan')
  const asked = await einlass(['owa', 'plan', '--out', out], {
    stdin: `${mail}/owa/\nproxy\n`,
    isTerminal: true,
  })
  assert.match(asked.stderr, /Address of Outlook on the web.*: [\s\S]*adfs: AD FS stays/)
  assert.match(asked.stdout, /nginx\.conf/)
  const silent = await einlass(['owa', 'plan', '--out', out])
  assert.equal(silent.code, 64)
  assert.match(silent.stderr, /--mail and --route are missing, and there is no terminal/)
  const wrong = await einlass(['owa', 'plan', '--mail', 'mail.example.org', '--route', 'direct'])
  assert.match(wrong.stderr, /--mail[\s\S]+allowed: an address such as/)
  const route = await einlass(['owa', 'plan', '--mail', mail, '--route', 'toString'])
  assert.match(route.stderr, /--route[\s\S]+allowed: direct, adfs, proxy/)
})
