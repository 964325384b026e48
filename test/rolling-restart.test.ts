/**
 * Two nodes are restarted in turn, again and again, behind the proxies as the examples have them, while people log in to
 * an app. Nobody notices. EINLASS_TEST_LOGINS: how many logins, 300 unless it says otherwise.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logInToApp, people, startTwoNodes } from './support/two-nodes.ts'

const logins = Number(process.env.EINLASS_TEST_LOGINS ?? '300')
for (const name of ['nginx', 'haproxy'] as const) {
  const title = `no login of ${logins} fails while two nodes restart in turn behind ${name}`
  test(title, { timeout: 120_000 + logins * 1000 }, async (t) => {
    const { installation, processes, nodes, balancer, secret } = await startTwoNodes(t, name)
    const failures: string[] = []
    let begun = 0
    async function logInAgain(username: string): Promise<void> {
      while (begun < logins) {
        begun += 1
        await logInToApp(installation, username, secret).catch((error: unknown) => {
          failures.push(`${new Date().toISOString()} ${error} ${(error as Error).cause ?? ''}`)
        })
      }
    }
    const crowd = Array.from({ length: people }, (_, index) => logInAgain(`user${index}`))
    let restarts = 0
    while (begun < logins || restarts < 2) {
      const which = restarts % 2 === 0 ? 0 : 1
      assert.equal(await processes[which].stop(), 0)
      processes[which] = await installation.serve(nodes[which])
      restarts += 1
    }
    await Promise.all(crowd)
    t.diagnostic(`note: ${name}: ${begun} logins, ${restarts} restarts, ${failures.length} failed`)
    assert.deepEqual(failures, [], balancer.said())
  })
}
