import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { createCertificate } from '../../../test/support/certificate.ts'
import type { Scope } from '../../dev/test-support/on-each-engine.ts'
import { describeTlsError, withoutNodeHint } from './tls-error.ts'

/** The error of a connection to a server with a self-signed certificate. */
async function refuse(t: Scope, servername: string, ca?: string): Promise<Error> {
  const certificate = createCertificate('localhost')
  const server = createServer(certificate).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const trusted = ca === undefined ? {} : { ca: certificate.cert }
  const socket = connect({ host: '127.0.0.1', port, servername, ...trusted })
  const [error] = await once(socket, 'error')
  return error
}

test('the error for an unknown authority names the setting for it, without the advice of Node', async (t) => {
  const error = await refuse(t, 'localhost')
  assert.match(error.message, /--use-system-ca/, 'what Node says')
  assert.equal(
    describeTlsError(error, 'ca_file'),
    'self-signed certificate; for an authority of your own, ca_file names a file with its certificate',
  )
  assert.equal(withoutNodeHint(error.message), 'self-signed certificate')
})

test('another error keeps its message', async (t) => {
  const error = await refuse(t, 'another.example', 'own')
  assert.equal(describeTlsError(error, 'ca_file'), error.message)
  assert.match(error.message, /altnames/)
})
