import assert from 'node:assert/strict'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { maxBodyBytes, mediaType, parseForm, readForm, readText } from './body.ts'

const form = 'application/x-www-form-urlencoded'

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  const init = { method: 'POST', body, headers: { 'content-type': form, ...headers } }
  return new Request('http://localhost/', { ...init, duplex: 'half' } as RequestInit)
}

/** A body that never ends, and how much of it was read. */
function endless(chunkSize = 1024) {
  const taken = { bytes: 0, cancelled: false }
  const source: UnderlyingDefaultSource<Uint8Array> = {
    pull(controller) {
      taken.bytes += chunkSize
      controller.enqueue(new Uint8Array(chunkSize).fill(97))
    },
    cancel() {
      taken.cancelled = true
    },
  }
  const body = new ReadableStream(source, { highWaterMark: 0 })
  return { body, taken }
}

const fault = (code: string) => ({ name: 'Fault', code })

test('a body is read as text', async () => {
  assert.equal(await readText(post('a=ä')), 'a=ä')
  assert.equal(await readText(new Request('http://localhost/', { method: 'POST' })), '')
})

test('a body that is announced as too large is refused before any byte is read', async () => {
  const { body, taken } = endless()
  const request = post(body, { 'content-length': String(maxBodyBytes + 1) })
  await assert.rejects(readText(request), fault('too_large'))
  assert.equal(taken.bytes, 0)
})

test('a body without an announced size is read only up to the limit', async () => {
  const { body, taken } = endless()
  await assert.rejects(readText(post(body), 10_000), fault('too_large'))
  assert.ok(taken.bytes <= 11 * 1024, `${taken.bytes} bytes were read`)
  assert.equal(taken.cancelled, true)
})

test('a body that is larger than announced is refused', async () => {
  const { body } = endless()
  await assert.rejects(readText(post(body, { 'content-length': '5' }), 10_000), fault('too_large'))
})

test('a body of exactly the limit is read, and one more byte is refused', async () => {
  assert.equal((await readText(post('a'.repeat(maxBodyBytes)))).length, maxBodyBytes)
  await assert.rejects(readText(post('a'.repeat(maxBodyBytes + 1))), fault('too_large'))
})

test('a Node stream of exactly the limit is read, and one more byte is refused', async () => {
  const read = (size: number) => {
    const body = new IncomingMessage(new Socket())
    for (const part of ['a'.repeat(size - 1), 'a', null]) body.push(part)
    return readText({ method: 'POST', url: 'http://localhost/', headers: new Headers(), body })
  }
  assert.equal((await read(maxBodyBytes)).length, maxBodyBytes)
  await assert.rejects(read(maxBodyBytes + 1), fault('too_large'))
})

test('a body that is not UTF-8 is refused', async () => {
  await assert.rejects(readText(post(new Uint8Array([0x61, 0xff]))), fault('bad_request'))
  await assert.rejects(readText(post(new Uint8Array([0xc3]))), fault('bad_request'))
})

test('a body is read as a form only if its media type is that of a form', async () => {
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', '']) {
    await assert.rejects(
      readForm(post('a=1', { 'content-type': type })),
      fault('unsupported_media_type'),
      type,
    )
  }
  for (const type of [form, `${form}; charset=utf-8`, form.toUpperCase()]) {
    assert.equal((await readForm(post('a=1', { 'content-type': type }))).a, '1')
  }
})

test('the media type is read without parameters, in lower case', () => {
  assert.equal(mediaType(post('', { 'content-type': ' Text/HTML ; charset=x' })), 'text/html')
  assert.equal(mediaType(new Request('http://localhost/')), '')
})

test('fields are decoded', () => {
  assert.deepEqual(
    { ...parseForm('a=1&b=x+y%20z&c=%C3%A4&d=&e') },
    {
      a: '1',
      b: 'x y z',
      c: 'ä',
      d: '',
      e: '',
    },
  )
  assert.deepEqual({ ...parseForm('') }, {})
  assert.deepEqual({ ...parseForm('&&a=b=c&') }, { a: 'b=c' })
})

test('a repeated field is refused, in any encoding', () => {
  for (const text of ['a=1&a=2', 'a=1&a=1', 'a&a', 'a=1&%61=2', 'a+b=1&a%20b=2', '=1&=2']) {
    assert.throws(() => parseForm(text), fault('bad_request'), text)
  }
})

test('a field that is not percent-encoded UTF-8 is refused', () => {
  for (const text of [
    'a=%',
    'a=%2',
    'a=%zz',
    'a=%ff',
    'a=%c3',
    '%ff=1',
    'a=%ED%A0%80',
    'a=%C0%80',
  ]) {
    assert.throws(() => parseForm(text), fault('bad_request'), text)
  }
})

test('more than fifty fields are refused', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=1`).join('&')
  assert.equal(Object.keys(parseForm(fields(50))).length, 50)
  assert.throws(() => parseForm(fields(51)), fault('bad_request'))
  assert.throws(() => parseForm('a=1&'.repeat(60_000)), fault('bad_request'))
})

test('field names that are also properties of every object are ordinary fields', () => {
  const fields = parseForm('__proto__=a&constructor=b&toString=c&hasOwnProperty=d')
  assert.deepEqual(Object.entries(fields), [
    ['__proto__', 'a'],
    ['constructor', 'b'],
    ['toString', 'c'],
    ['hasOwnProperty', 'd'],
  ])
  assert.equal(parseForm('a=1').constructor, undefined)
  assert.equal(Object.hasOwn(Object.prototype, 'a'), false)
})

test('any encoded fields are decoded to the same fields', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 20, noNullPrototype: false }), (fields) => {
      const encoded = new URLSearchParams(Object.entries(fields)).toString()
      assert.deepEqual(Object.entries(parseForm(encoded)).sort(), Object.entries(fields).sort())
    }),
  )
})

test('any text is either fields or a bad request', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '=', '&', '%', '+', '4', 'f', 'ä') }),
      (text) => {
        try {
          parseForm(text)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'bad_request')
        }
      },
    ),
  )
})

test('a form with a NUL in a name or a value is refused', () => {
  for (const text of ['a=x%00', 'a=%00', '%00=a', 'a=b&c=d%00e', 'a=\0']) {
    assert.throws(() => parseForm(text), fault('bad_request'), text)
  }
})

test('a body that ends too early is a bad request, with or without an error', async () => {
  const broken = [
    (body: IncomingMessage) => body.destroy(new Error('aborted')),
    (body: IncomingMessage) => body.destroy(),
  ]
  for (const breakOff of broken) {
    const body = new IncomingMessage(new Socket())
    const read = readText({
      method: 'POST',
      url: 'http://localhost/',
      headers: new Headers(),
      body,
    })
    breakOff(body)
    await assert.rejects(read, fault('bad_request'))
  }
})
