/** Old events of the audit log leave running servers, which are killed meanwhile and go on logging people in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPlainBrowser } from '../src/dev/test-support/plain-browser.ts'
import { createAudit } from '../src/identity/audit/audit.ts'
import { readAudit } from '../src/identity/audit/chain.ts'
import { loginEvents } from '../src/identity/audit/login-events.ts'
import { verifyAudit } from '../src/identity/audit/verify.ts'
import { hours } from '../src/platform/kernel/clock.ts'
import { transact } from '../src/platform/storage/transact.ts'
import { createInstallation } from './support/installation.ts'
import { enterPassword } from './support/way-in.ts'

const day = hours(24)
const erika = { username: 'erika', password: 'Regenschirm im Mai' }
const config = { default_policy: { second_factor: 'none' }, retention: { audit: '90d' } }
const events = 8000

type Installation = Awaited<ReturnType<typeof createInstallation>>

/** Events of 400 days up to now. */
async function fill({ db, keyring }: Installation, userId: string): Promise<void> {
  const now = Date.now()
  const clock = { time: now, now: () => clock.time }
  const audit = createAudit({ clock, keyring })
  await transact(db, async (tx) => {
    for (let n = 0; n < events; n += 1) {
      clock.time = now - 400 * day + (n * 400 * day) / events
      await audit.record(tx, loginEvents.abandoned, { userId, reason: 'left' })
    }
  })
}

for (const storage of ['sqlite', 'postgres'] as const) {
  test(`old audit events are deleted while a server is killed and users log in (${storage})`, async (t) => {
    const installation = await createInstallation(t, { storage, config })
    const { db, keyring } = installation
    const { id } = await installation.addUser({ ...erika, displayName: 'Erika Mustermann' })
    await fill(installation, id)
    const findFirst = async () => (await readAudit(db, { limit: 1 }))[0]?.seq ?? 0

    const killed = await installation.serve()
    for (let tries = 0; (await findFirst()) === 1; tries += 1) assert.ok(tries < 10_000)
    await killed.stop('SIGKILL')
    const at = await findFirst()
    assert.equal((await verifyAudit(db, keyring)).type, 'intact')

    const nodes = [await installation.serve()]
    if (storage === 'postgres') nodes.push(await installation.serve())
    const last = (events * 309) / 400
    for (let tries = 0; (await findFirst()) < last; tries += 1) {
      assert.ok(tries < 1000)
      for (const { url } of nodes) {
        const reply = await enterPassword(createPlainBrowser(url), erika)
        assert.ok(reply.status < 400, `${reply.status}`)
      }
    }
    assert.ok(at < last, 'it was killed in the middle')
    for (const node of nodes) {
      assert.equal(await node.stop(), 0)
      assert.doesNotMatch(node.output(), /"level":50/)
    }
    const [first] = await readAudit(db, { limit: 1 })
    assert.ok((first?.at ?? 0) > Date.now() - 92 * day)
    const said = await installation.command(['audit', 'verify'])
    assert.match(said, /^The audit log is intact\. Events: \d+\. It begins behind event \d+: /)
  })
}
