/** What a real OpenLDAP never answers, however often it is asked: more entries than its limit, and what is on another server. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Scope } from '../src/dev/test-support/on-each-engine.ts'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { de } from '../src/platform/ui/messages/de.ts'
import { type DirectorySettings, describeSlapd } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { type SlapdOptions, startSlapd } from './support/slapd.ts'
import { enterPassword } from './support/way-in.ts'

const password = 'Regenschirm im Mai'

async function setUp(t: Scope, options: SlapdOptions, settings: DirectorySettings = {}) {
  const slapd = await startSlapd(t, options)
  const erika = await slapd.addPerson('erika', password)
  const staff = { ...(await describeSlapd(t, slapd)), lockout_threshold: 5, ...settings }
  const installation = await createInstallation(t, { config: { directories: [staff] } })
  return {
    ...{ slapd, erika, installation },
    async run(...args: string[]) {
      const { ended, asked } = await installation.converse(args)
      const { code, stdout } = await ended
      return { code, text: stdout + asked() }
    },
  }
}

test('a person in more groups than the server gives reads that trying again does not help, and the log, why and directory test name the limit', async (t) => {
  const { slapd, erika, installation, run } = await setUp(t, { config: 'sizelimit 20' })
  const ids = Array.from({ length: 25 }, (_, n) => n)
  await slapd.asRoot(async (client) => {
    for (const n of ids) {
      const values = { objectClass: 'groupOfNames', cn: `group${n}`, member: erika }
      await client.add(`cn=group${n},ou=groups,${slapd.baseDn}`, values)
    }
  })
  const node = await installation.serve()
  const browser = createPlainBrowser(node.url)
  const page = await enterPassword(browser, { username: 'erika', password })
  assert.equal(page.status, 503)
  assert.ok(page.text.includes(de['error.unavailable.lasting']))
  assert.ok(!page.text.includes(de['error.unavailable.again']))
  const limit = /gives bind_name only the first \d+ entries of a search/
  assert.match(node.output(), limit)
  const { text: why } = await run('why', 'erika')
  assert.match(why, /No login succeeds, because the directory staff does not answer: the groups of/)
  assert.match(why, limit)
  const { text: checked } = await run('directory', 'test', 'erika')
  assert.match(
    checked,
    /WARNING +the server gives bind_name only the first \d+ entries.*size.prtotal/,
  )
  assert.match(checked, /the groups of the person cannot be read/)
})

test('a base that is on another server is named as that', async (t) => {
  const config = 'referral ldap://other.example.org'
  const { run } = await setUp(t, { config }, { base: 'dc=elsewhere,dc=example' })
  const { code, text } = await run('directory', 'test')
  assert.equal(code, 69)
  assert.match(text, /FAILED +base dc=elsewhere,dc=example: it refers to another server/)
})

test('people below a reference to another server are named by the check', async (t) => {
  const { slapd, run } = await setUp(t, {})
  await slapd.add(`ou=branch,${slapd.baseDn}`, {
    ...{ objectClass: ['referral', 'extensibleObject'], ou: 'branch' },
    ref: 'ldap://branch.example.org/ou=branch,dc=example,dc=org',
  })
  const { code, text } = await run('directory', 'test')
  assert.equal(code, 0, text)
  assert.match(
    text,
    /WARNING +below base some people may be on other servers.*branch\.example\.org/,
  )
})
