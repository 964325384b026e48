/**
 * StartTLS (RFC 4511, 4.14) as the first request of a connection. Owns that only its answer is read before the connection
 * is encrypted: an attacker on the line can insert further plain text, which must never be taken for an answer to a later
 * request (CVE-2011-0411 is this mistake in a mail server). Does not own the encryption.
 */
import type { Socket } from 'node:net'

/** `LDAPMessage { messageID 1, ExtendedRequest { requestName 1.3.6.1.4.1.1466.20037 } }` */
const request = Buffer.concat([
  Buffer.from('301d02010177188016', 'hex'),
  Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1'),
])

/** An answer has a code, and at most a few lines of text. */
const longest = 8192

/**
 * Asks the server to encrypt the connection. Throws, with the reason, for any answer except exactly one *yes*. When it
 * resolves, only this answer was read, and the socket is paused.
 */
export async function startTls(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let received = Buffer.alloc(0)
  const read = (bytes: Buffer): void => {
    received = Buffer.concat([received, bytes])
    try {
      if (!isComplete(received)) return
      socket.pause()
      checkAnswer(received)
      resolve()
    } catch (error) {
      reject(error)
    }
  }
  const close = () => reject(new Error('the connection was closed during StartTLS'))
  socket.on('data', read).on('error', reject).on('close', close)
  try {
    socket.write(request)
    await promise
    if (socket.readableLength > 0) throw new Error(tooMuch)
  } finally {
    socket.off('data', read).off('error', reject).off('close', close)
  }
}

const tooMuch = 'more than the answer to StartTLS came before the connection was encrypted'
const garbled = 'the answer to StartTLS cannot be read'

/** A field of BER (X.690, 8.1) with a known length. */
interface Field {
  readonly tag: number
  /** Where the content begins and ends. */
  readonly start: number
  readonly end: number
}

function isComplete(bytes: Buffer): boolean {
  const message = readField(bytes, 0)
  if (message !== undefined && message.end > longest) throw new Error(garbled)
  return message !== undefined && bytes.length >= message.end
}

function checkAnswer(bytes: Buffer): void {
  const message = expectField(bytes, 0, 0x30)
  if (bytes.length > message.end) throw new Error(tooMuch)
  const id = expectField(bytes, message.start, 0x02)
  const answer = expectField(bytes, id.end, 0x78)
  const code = expectField(bytes, answer.start, 0x0a)
  const isInside = code.end <= answer.end && answer.end <= message.end
  if (!isInside || readNumber(bytes, id) !== 1) throw new Error(garbled)
  const result = readNumber(bytes, code)
  if (result !== 0) throw new Error(`the server refuses StartTLS with the code ${result}`)
}

function expectField(bytes: Buffer, at: number, tag: number): Field {
  const field = readField(bytes, at)
  if (field?.tag !== tag || field.end > bytes.length) throw new Error(garbled)
  return field
}

/** `undefined`: its length has not arrived yet. */
function readField(bytes: Buffer, at: number): Field | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined) return undefined
  if (first < 0x80) return { tag, start: at + 2, end: at + 2 + first }
  const size = first & 0x7f
  if (size === 0 || size > 4) throw new Error(garbled)
  const start = at + 2 + size
  return bytes.length < start
    ? undefined
    : { tag, start, end: start + bytes.readUIntBE(at + 2, size) }
}

function readNumber(bytes: Buffer, { start, end }: Field): number {
  if (end <= start || end - start > 4) throw new Error(garbled)
  return bytes.readIntBE(start, end - start)
}
