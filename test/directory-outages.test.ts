/** What an operator reads afterwards about a directory that did not answer for a while. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { describeSlapd } from './support/directory-scene.ts'
import { createInstallation } from './support/installation.ts'
import { startSlapd } from './support/slapd.ts'
import { enterPassword } from './support/way-in.ts'

const password = 'Regenschirm im Mai'

test('the server records when a directory does not answer, and why says it in the configured zone', async (t) => {
  const slapd = await startSlapd(t)
  await slapd.addPerson('erika', password)
  const directories = [{ name: 'local', kind: 'local' }, await describeSlapd(t, slapd)]
  const config = { directories, time_zone: 'Europe/Berlin' }
  const installation = await createInstallation(t, { config })
  const logIn = async () => {
    const node = await installation.serve()
    const browser = createPlainBrowser(node.url)
    const { status } = await enterPassword(browser, { username: 'erika', password })
    await node.stop()
    return status
  }
  const explain = async () => {
    const { ended, asked } = await installation.converse(['why', 'erika'])
    return (await ended).stdout + asked()
  }
  assert.notEqual(await logIn(), 503)
  assert.doesNotMatch(await explain(), /did not answer/)
  await slapd.stop()
  assert.equal(await logIn(), 503)
  await slapd.start()
  assert.match(await explain(), /The directory staff did not answer from \d\d:\d\d on, at least/)
  assert.notEqual(await logIn(), 503)
  const said = await explain()
  assert.match(said, /\(times in Europe\/Berlin\)/)
  assert.equal(
    said.match(/The directory staff did not answer from \d\d:\d\d to \d\d:\d\d/g)?.length,
    1,
  )
})
