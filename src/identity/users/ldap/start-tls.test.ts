import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Scope } from '../../../dev/test-support/on-each-engine.ts'
import { startTls } from './start-tls.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Message 1, an extended answer, the code 0 and two empty texts. */
const yes = hex('300c 020101 7807 0a0100 0400 0400')

/** A server that says this to the first request, piece by piece. */
async function connectTo(t: Scope, answer: (socket: Socket) => Promise<void>): Promise<Socket> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    socket.once('data', () => void answer(socket))
    t.after(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  t.after(() => {
    socket.destroy()
    server.close()
  })
  await once(socket, 'connect')
  return socket
}

const say = (t: Scope, ...pieces: readonly Buffer[]) =>
  connectTo(t, async (socket) => {
    for (const piece of pieces) {
      socket.write(piece)
      await turn()
    }
  })

test('a positive answer is accepted in several pieces and with lengths in the long form', async (t) => {
  await startTls(await say(t, yes))
  await startTls(await say(t, ...Array.from(yes, (byte) => Buffer.from([byte]))))
  const byActiveDirectory = '3084 00000028 020101 7884 0000001f 0a0100 0400 0400 8a16'
  const name = Buffer.from('1.3.6.1.4.1.1466.20037')
  await startTls(await say(t, Buffer.concat([hex(byActiveDirectory), name])))
})

test('CVE-2011-0411: plain text after the answer ends the connection', async (t) => {
  const forged = hex('300d 020103 6108 0a0100 0400 0401')
  for (const more of [forged, yes, Buffer.from([0]), hex('16 0301')]) {
    await assert.rejects(
      startTls(await say(t, Buffer.concat([yes, more]))),
      /before the connection/,
    )
  }
})

test('the error for a refusal contains its code', async (t) => {
  const refused = hex('300c 020101 7807 0a0134 0400 0400')
  await assert.rejects(startTls(await say(t, refused)), /refuses StartTLS with the code 52/)
})

test('a malformed or unrelated answer is an error', async (t) => {
  for (const answer of [
    '300c 020102 7807 0a0100 0400 0400', // to another request
    '300c 020100 7807 0a0100 0400 0400', // to none
    '300c 020101 6107 0a0100 0400 0400', // to a bind
    '300c 020101 7807 020100 0400 0400', // no code
    '300c 020101 7807 0a00 0400 040000', // an empty code
    '3008 020101 7800 0a0100', // a code outside of the answer
    '3003 020101', // no operation
    '3000', // nothing at all
    '30 80', // no length
    '30 85 0000000000', // a length that is too long
    '30 84 7fffffff', // more than an answer is
    '31 02 0000', // no message
  ]) {
    await assert.rejects(startTls(await say(t, hex(answer))), /cannot be read/, answer)
  }
})

test('a connection that closes during StartTLS is an error', async (t) => {
  const socket = await connectTo(t, async (other) => {
    other.write(yes.subarray(0, 5))
    other.end()
  })
  await assert.rejects(startTls(socket), /closed during StartTLS/)
})
