/** A node is killed in the middle of a person's last step back to an app, with real nodes behind the proxies of the examples. */
import assert from 'node:assert/strict'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { reachLastStep, startTwoNodes } from './support/two-nodes.ts'

for (const name of ['nginx', 'haproxy'] as const) {
  test(`behind ${name}, the other node completes the last step of a login whose node was killed`, async (t) => {
    let url = ''
    const { installation, processes, secret } = await startTwoNodes(t, name, {
      async findStorage(server) {
        url = server
        return { url }
      },
    })
    const { browser, lastStep, redeem } = await reachLastStep(installation, 'user0', secret)
    const lock = await holdEntries(url)
    t.after(lock.end)
    const answer = browser.get(lastStep)
    const port = await lock.findWaitingPort()
    const has = await Promise.all(processes.map(({ pid }) => hasConnectionFrom(port, pid)))
    assert.equal(has.filter(Boolean).length, 1)
    await processes[has.indexOf(true)]?.stop('SIGKILL')
    await lock.end()
    const reply = await answer
    assert.equal(reply.status, 303)
    await redeem(reply)
  })
}

/** Stops the storing of codes, before which a node takes the request that it answers. */
async function holdEntries(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query('begin')
  await client.query('lock table participants in exclusive mode')
  let isOver = false
  return {
    /** The port of the connection that waits for the lock, at the node. */
    async findWaitingPort(): Promise<number> {
      const ports = `select client_port from pg_stat_activity where wait_event_type = 'Lock'`
      for (;;) {
        const { rows } = await client.query<{ client_port: number }>(ports)
        if (rows[0] !== undefined) return rows[0].client_port
        await sleep(20)
      }
    },
    async end(): Promise<void> {
      if (!isOver) await client.end()
      isOver = true
    },
  }
}

/** Whether the process has a TCP connection whose end on this side is this port. */
async function hasConnectionFrom(port: number, pid: number): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const open = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')),
  )
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/${pid}/net/${table}`, 'utf8')),
  )
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const sockets = tables.flatMap((table) =>
    table.split('\n').map((line) => line.trim().split(/\s+/)),
  )
  return sockets.some(
    ([, address, , , , , , , , inode]) =>
      address?.endsWith(local) === true && open.includes(`socket:[${inode}]`),
  )
}
