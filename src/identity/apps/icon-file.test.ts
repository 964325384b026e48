import assert from 'node:assert/strict'
import { test } from 'node:test'
import { largestIcon, readIcon } from './icon-file.ts'

const svg = (body: string, more = '') =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"${more}>${body}</svg>`

const read = (text: string) => readIcon(Buffer.from(text))

test('an SVG that only draws is accepted', () => {
  const good = [
    svg('<rect x="3.5" y="5.5" width="17" height="13" rx="2"/><path d="M4 7l8 6 8-6"/>'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<!-- drawn by hand -->\n${svg('<path d="M1 1h2"/>')}`,
    svg(
      '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs><rect fill="url(#a)" width="3" height="3" style="opacity:.5"/>',
    ),
    svg(
      '<symbol id="s"><circle r="2"/></symbol><use href="#s" xlink:href="#s"/><title>Wiki</title>',
    ),
  ]
  for (const text of good) assert.equal(read(text).type, 'icon', text)
})

test('A27, A39: an SVG that could run, load or hide something is refused', () => {
  const bad = [
    svg('<script>alert(1)</script>'),
    svg('<SCRIPT href="https://evil.example/x.js"/>'),
    svg('<path d="M0 0"/>', ' onload="alert(1)"'),
    svg('<path d="M0 0" onclick=\'alert(1)\'/>'),
    svg('<path d="M0 0"/onload=alert(1)>'),
    svg('<a href="javascript:alert(1)"><path d="M0 0"/></a>'),
    svg('<use href="https://evil.example/x.svg#a"/>'),
    svg('<use xlink:href="data:image/svg+xml,x"/>'),
    svg('<image href="https://evil.example/pixel.png"/>'),
    svg('<foreignObject><p>x</p></foreignObject>'),
    svg('<style>@import url(https://evil.example/x.css)</style>'),
    svg('<rect fill="url(https://evil.example/x)"/>'),
    svg('<rect style="background:url( //evil.example/x )"/>'),
    svg('<rect style="fill:u\\72l(//evil.example)"/>'),
    svg('<animate attributeName="href" to="javascript:alert(1)"/>'),
    svg('<set attributeName="onclick" to="alert(1)"/>'),
    `<!DOCTYPE svg [<!ENTITY x "y">]>${svg('')}`,
    `<?xml-stylesheet href="https://evil.example/x.css"?>${svg('')}`,
    svg('<path d="&x;"/>'),
    svg('<![CDATA[<script>alert(1)</script>]]>'),
    svg('<path d="M0 0"'),
    `${svg('')}<script>alert(1)</script>`,
    '<html><svg></svg></html>',
    '<svg',
    '',
    'GIF89a',
  ]
  for (const text of bad) assert.equal(read(text).type, 'refused', text)
})

function makePng(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(64)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(bytes)
  bytes.write('IHDR', 12)
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

test('a PNG of an unsuitable size and a file that is too large are refused', () => {
  assert.equal(readIcon(makePng(64, 64)).type, 'icon')
  for (const [width, height] of [
    [16, 16],
    [64, 4096],
    [0, 0],
    [4_000_000_000, 64],
  ] as const) {
    assert.equal(readIcon(makePng(width, height)).type, 'refused')
  }
  const large = svg(`<path d="${'M0 0'.repeat(largestIcon)}"/>`)
  assert.match(JSON.stringify(read(large)), /bytes, and 49152 are allowed/)
  assert.equal(readIcon(Buffer.from([0xff, 0xfe, 0x00])).type, 'refused')
})
