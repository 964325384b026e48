import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { readCsv } from './csv.ts'
import { readJsonLines } from './json-lines.ts'
import { readLdif } from './ldif.ts'
import { openImportFile } from './open-file.ts'
import { maxRecordBytes, type RecordReading } from './record.ts'

async function readAll(t: TestContext, content: string | Uint8Array): Promise<RecordReading[]> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-import-'))
  t.after(() => rm(folder, { recursive: true }))
  const name = join(folder, 'file')
  await writeFile(name, content)
  const file = openImportFile(name, undefined)
  t.after(() => file.close())
  const first = await Array.fromAsync(file.read(() => {}))
  assert.deepEqual(await Array.fromAsync(file.read(() => {})), first, 'read twice')
  return first
}

/** Records in short form: the line with the values by name, or the line with the reason. */
function shorten(records: readonly RecordReading[]) {
  return records.map((record) =>
    record.type === 'record'
      ? [record.line, Object.fromEntries([...record.fields].map(([key, one]) => [key, one.values]))]
      : [record.line, record.reason],
  )
}

test('CSV of spreadsheets is read: a byte order mark, CRLF, semicolons, quoted line breaks', async (t) => {
  const text = '\ufeffUsername;E-Mail;Name\r\n\r\nerika;"a;b";"Erika\r\n""E"""\r\nmax;;M\r\n'
  assert.deepEqual(shorten(await readAll(t, text)), [
    [3, { username: ['erika'], 'e-mail': ['a;b'], name: ['Erika\r\n"E"'] }],
    [5, { username: ['max'], name: ['M'] }],
  ])
  assert.deepEqual(shorten(await readAll(t, 'a\tb\n1\t2')), [[2, { a: ['1'], b: ['2'] }]])
})

test('an invalid CSV row is refused with its line number, and the other rows are read', async (t) => {
  const bytes = Buffer.concat([
    Buffer.from('username,n\nerika,1,2\nj'),
    Buffer.from([0xfc]),
    Buffer.from('rgen,2\nmax,3\n'),
  ])
  assert.deepEqual(shorten(await readAll(t, bytes)), [
    [2, 'it has 3 columns, and the header 2'],
    [3, 'it is not UTF-8'],
    [4, { username: ['max'], n: ['3'] }],
  ])
})

test('reading ends at a fault that makes the rest of a CSV unreadable', async (t) => {
  const ends: [string, string][] = [
    ['username,n\nerika,"never closed\nmax,1\n', 'a quotation mark is never closed'],
    ['username,n\nerika,"a"b"\n', 'it is no CSV: a quotation mark is where none may be'],
    ['username,Username\nerika,1\n', 'a column is in it twice'],
    [
      `username,n\nerika,"${'x'.repeat(maxRecordBytes + 99)}"\nmax,1\n`,
      `it is longer than ${maxRecordBytes} bytes`,
    ],
  ]
  for (const [text, reason] of ends) {
    const [last] = (await readAll(t, text)).slice(-1)
    assert.ok(last?.type === 'unreadable' && last.endsFile, reason)
    assert.equal(last.reason, reason)
  }
})

test('LDIF of directories is read: folded lines, comments, base64', async (t) => {
  const text = [
    'version: 1',
    '',
    '# a comment',
    '  that goes on',
    'dn: uid=erika,ou=people,',
    ' dc=example,dc=org',
    'UID: erika',
    'cn:: w4TDlsOc',
    'mail:a@example.org',
    'jpegPhoto:: /9j/4A==',
    '',
    '',
    'dn: uid=max',
    'changetype: add',
    'uid: max',
  ].join('\r\n')
  const [erika, max] = await readAll(t, text)
  assert.ok(erika?.type === 'record' && max?.type === 'record')
  assert.deepEqual(
    [...erika.fields.values()],
    [
      { name: 'dn', values: ['uid=erika,ou=people,dc=example,dc=org'] },
      { name: 'UID', values: ['erika'] },
      { name: 'cn', values: ['ÄÖÜ'] },
      { name: 'mail', values: ['a@example.org'] },
      { name: 'jpegPhoto', values: [''] },
    ],
  )
  assert.equal(max.line, 13)
})

test('an invalid LDIF entry is refused, and a file that it refers to is not opened', async (t) => {
  const text = [
    'dn: a\nuid:< file:///etc/passwd',
    'dn: b\nchangetype: delete',
    'uid: c',
    'dn: d\nuid:: not base64',
    'dn: e\nno value',
    'dn: f\nuid: f',
  ].join('\n\n')
  assert.deepEqual(shorten(await readAll(t, `${text}\n`)), [
    [1, 'a value is in another file, which is not opened'],
    [4, 'it is a change, and only entries are imported'],
    [7, 'its first line is not dn'],
    [9, 'a value is not the base64 that it says it is'],
    [12, 'a line is not NAME: VALUE'],
    [15, { dn: ['f'], uid: ['f'] }],
  ])
})

test('JSON lines can have lists of values, and each invalid line is refused with its reason', async (t) => {
  const lines = [
    '{"username":"erika","groups":["a","b"],"attributes":{"givenName":"E"},"email":null}',
    '',
    '{"username":',
    '["username"]',
    '{"a":1,"A":2}',
    '{"a":{"b":{"c":1}}}',
    '{"a":[{}]}',
    '{"__proto__":"x"}',
  ]
  assert.deepEqual(shorten(await readAll(t, lines.join('\n'))), [
    [1, { username: ['erika'], groups: ['a', 'b'], 'attributes.givenname': ['E'] }],
    [3, 'it is no JSON object'],
    [4, 'it is no JSON object'],
    [5, 'a name is in it twice'],
    [6, 'objects are nested too deeply'],
    [7, 'a list has something other than texts'],
    [8, Object.fromEntries([['__proto__', ['x']]])],
  ])
})

test('reading stops at a line that is longer than the limit', async (t) => {
  const long = 'x'.repeat(maxRecordBytes + 70_000)
  for (const text of [`{"a":"${long}`, `dn: a\nuid: ${long}`]) {
    const [last] = (await readAll(t, text)).slice(-1)
    assert.ok(last?.type === 'unreadable' && last.endsFile)
  }
})

test('a too long LDIF entry is refused without the others, and the values of a large group are limited', async (t) => {
  const folded = `cn: x\n${` ${'x'.repeat(10_000)}\n`.repeat(450)}`
  const members = 'member: m\n'.repeat(20_000)
  const [long, group, max] = await readAll(t, `dn: a\n${folded}\ndn: g\n${members}\ndn: max\n`)
  assert.ok(long?.type === 'unreadable' && !long.endsFile)
  assert.ok(group?.type === 'record')
  assert.equal(group.fields.get('member')?.values.length, 10_000)
  assert.equal(max?.type, 'record')
})

test('UTF-16, a folder and a missing file are refused with the reason', async (t) => {
  const utf16 = Buffer.from('\ufeffusername\n', 'utf16le')
  await assert.rejects(readAll(t, utf16), /UTF-16. Save it as UTF-8/)
  assert.throws(() => openImportFile(tmpdir(), undefined), /is no file/)
  assert.throws(() => openImportFile('/nowhere/at/all', undefined), /\/nowhere\/at\/all/)
})

test('no reader throws on any bytes', async () => {
  const readers = [(chunks: AsyncIterable<Buffer>) => readCsv(chunks, ','), readLdif, readJsonLines]
  const piece = fc.oneof(
    fc.constantFrom('dn: a\n', 'uid:: YQ==\n', ' b\n', '"', ',', '\r\n', '{"a":', '[]}', '\0'),
    fc.string(),
  )
  const bytes = fc.oneof(
    fc.array(piece).map((pieces) => Buffer.from(pieces.join(''))),
    fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
  )
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(50), async (content, cut) => {
      for (const read of readers) {
        const chunks = [content.subarray(0, cut), content.subarray(cut)]
        await Array.fromAsync(read(fromArray(chunks)))
      }
    }),
  )
})

async function* fromArray(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
