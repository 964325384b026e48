import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findPlatform } from './platform.ts'

const mac =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15'
const webkit = 'AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1'
const android = (model: string) =>
  `Mozilla/5.0 (Linux; Android 15; ${model}) Chrome/140.0.0.0 Mobile`

test('a phone, a tablet and a computer are recognised, and an iPad that says that it is a Mac is an iPad', () => {
  const found = [
    findPlatform(`Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${webkit}`, 5),
    findPlatform(`Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) ${webkit}`, 5),
    findPlatform(mac, 5),
    findPlatform(mac, 0),
    findPlatform(android('K'), 5),
    findPlatform(android('Pixel 9'), 5),
    findPlatform('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0', 10),
  ]
  assert.deepEqual(
    found.map(({ platform, name }) => `${platform} ${name}`),
    [
      'ios iPhone',
      'ios iPad',
      'ios iPad',
      'other Browser',
      'android Android',
      'android Pixel 9',
      'other Browser',
    ],
  )
})
