import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { TLSSocket } from 'node:tls'
import pg from 'pg'
import { createCertificate } from '../../../test/support/certificate.ts'
import { Fault } from '../kernel/fault.ts'
import { silentLog } from '../kernel/log.ts'
import { openDatabase } from './open.ts'

test('the error for an unreachable database names it and the reason, without the password', async () => {
  const url = 'postgres://einlass:very-secret@127.0.0.1:1/login'
  const opening = openDatabase({ storage: { type: 'postgres', url }, log: silentLog })
  await assert.rejects(opening, (error) => {
    assert.ok(error instanceof Fault)
    assert.equal(error.code, 'unavailable')
    assert.match(
      error.message,
      /^The database 127\.0\.0\.1:1\/login is not available: .*ECONNREFUSED/,
    )
    assert.ok(!error.message.includes('very-secret'))
    return true
  })
})

test('the error for a database certificate of an unknown authority names the setting for it', async (t) => {
  const certificate = createCertificate('localhost')
  const listener = createServer((socket) => {
    // The client asks for TLS (PostgreSQL manual, 55.2.11), and hears yes.
    socket.once('data', () => {
      socket.write('S')
      new TLSSocket(socket, { isServer: true, ...certificate }).on('error', () => {})
    })
  })
  listener.listen(0, '127.0.0.1')
  t.after(() => listener.close())
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const url = `postgres://einlass@localhost:${port}/login?sslmode=verify-full`
  const opening = openDatabase({ storage: { type: 'postgres', url }, log: silentLog })
  await assert.rejects(opening, ({ message }) => {
    assert.match(message, /self-signed certificate; .* sslrootcert in storage\.url names a file/)
    assert.doesNotMatch(message, /use-system-ca/)
    return true
  })
})

const server = process.env.EINLASS_TEST_POSTGRES

if (server !== undefined) {
  const name = `einlass_open_${randomUUID().replaceAll('-', '')}`
  const urlOf = (user: string): string => {
    const url = new URL(server)
    Object.assign(url, { pathname: `/${name}`, ...(user !== '' && { username: user }) })
    return url.href
  }

  async function administer(url: string, ...statements: readonly string[]): Promise<void> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }

  const openAs = (user: string) =>
    openDatabase({ storage: { type: 'postgres', url: urlOf(user) }, log: silentLog })

  async function refusal(user: string): Promise<string> {
    const error: unknown = await openAs(user).then(
      (database) => database.close(),
      (reason: unknown) => reason,
    )
    assert.ok(error instanceof Fault)
    assert.equal(error.code, 'unavailable')
    return error.message
  }

  test('the error for a role that may not create or use the tables says how to permit it (postgres)', async (t) => {
    await administer(server, `create role ${name} login`, `create database ${name}`)
    t.after(() => administer(server, `drop database ${name} with (force)`, `drop role ${name}`))
    await administer(urlOf(''), 'revoke create on schema public from public')
    assert.match(await refusal(name), /may not make tables .* OWNER TO .*GRANT USAGE, CREATE ON/)
    await administer(urlOf(''), 'revoke usage on schema public from public')
    assert.match(await refusal(name), /may not make tables/)
    await administer(urlOf(''), 'grant usage on schema public to public')
    await (await openAs('')).close()
    assert.match(await refusal(name), /may not use or change the tables .*--role=einlass_open/)
  })

  test('each of the two suggested permissions is enough (postgres)', async (t) => {
    const first = `${name}_a`
    await administer(server, `create role ${first} login`)
    t.after(() => administer(server, `drop role ${first}`))
    for (const remedy of [
      `alter database ${name} owner to ${first}`,
      `grant usage, create on schema public to ${first}`,
    ]) {
      await administer(server, `create database ${name}`)
      try {
        await administer(urlOf(''), remedy)
        await (await openAs(first)).close()
      } finally {
        await administer(server, `drop database ${name} with (force)`)
      }
    }
  })
}
