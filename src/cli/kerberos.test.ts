/** What `config check` reports about Kerberos, and that `serve` reports the same. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

const configuration = (directory: string) => `
directories:
  - { name: local, kind: local }
  - name: corp
    kind: active_directory
    servers: [ldaps://dc1.corp.example]
    bind_name: einlass@corp.example
    bind_password: geheim und lang
    base: DC=corp,DC=example
kerberos:
  keytab_file: http.keytab
  realms: [{ realm: CORP.EXAMPLE, directory: ${directory} }]
  networks: [10.0.0.0/8]
`

test('config check and serve fail with an explanation if the keytab is missing', async (t) => {
  const { folder, einlass } = await openTerminal(t)
  writeFileSync(join(folder, 'einlass.yaml'), configuration('corp'))
  for (const command of [['config', 'check'], ['serve']]) {
    const { code, stdout, stderr } = await einlass(command)
    assert.equal(code, 78)
    assert.match(
      `${stdout}${stderr}`,
      /kerberos\.keytab_file\s+found: +"http.keytab", which is not there/,
    )
    assert.match(`${stdout}${stderr}`, /a keytab with a key of HTTP\/login\.example\.org/)
  }
})

test('kerberos requires an https address, and realms require a configured Active Directory', async (t) => {
  const { folder, einlass } = await openTerminal(t)
  for (const directory of ['local', 'corpp']) {
    writeFileSync(join(folder, 'einlass.yaml'), configuration(directory))
    const env = { EINLASS_PUBLIC_URL: 'http://login.example.org' }
    const { code, stdout, stderr } = await einlass(['config', 'check'], { env })
    assert.equal(code, 78)
    assert.match(`${stdout}${stderr}`, /public_url.*\n.*\n.*an https address, which kerberos needs/)
    assert.match(
      `${stdout}${stderr}`,
      /kerberos\.realms\[0\]\.directory[\s\S]*the name of a directory that is not local/,
    )
  }
})
