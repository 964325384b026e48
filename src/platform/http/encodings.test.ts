import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { chooseEncoding, encodeText, pickPrepared, prepareBytes } from './encodings.ts'

const text = 'Grüße aus Köln. '.repeat(500)

test('a client gets the form that it weighs most, of equals the smaller one, and nothing that it refuses', () => {
  for (const [accepted, expected] of [
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['*', undefined],
    ['gzip, deflate', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP;q=0.5, br;q=0.2', 'gzip'],
    ['br;q=0, gzip;q=0', undefined],
    ['br ; q=0.0 , gzip', 'gzip'],
    ['bro, gzipped', undefined],
    ['gzip;q=wrong', undefined],
  ] as const) {
    assert.equal(chooseEncoding(accepted), expected, `${accepted}`)
  }
})

test('each form contains the same text', () => {
  const brotli = encodeText(text, 'br')
  const gzip = encodeText(text, 'gzip')
  assert.equal(brotliDecompressSync(brotli?.bytes ?? '').toString(), text)
  assert.equal(gunzipSync(gzip?.bytes ?? '').toString(), text)
  assert.equal(encodeText('short', 'gzip'), undefined)
  const prepared = prepareBytes(Buffer.from(text))
  for (const [accepted, unpack] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    const form = pickPrepared(prepared, accepted)
    assert.equal(form?.encoding, accepted)
    assert.equal(unpack(form?.bytes ?? '').toString(), text)
  }
  assert.equal(pickPrepared(prepared, undefined), undefined)
})

test('what does not become smaller is sent as it is', () => {
  const noise = crypto.getRandomValues(new Uint8Array(5000))
  const prepared = prepareBytes(noise)
  assert.equal(pickPrepared(prepared, 'br, gzip'), undefined)
  assert.equal(prepared.plain, noise)
})
