/** The file in which Authelia has its users: YAML with `users`, each with values by name. */
import { brokenYaml } from '../../platform/config/broken-yaml.ts'
import { isObject } from './json-lines.ts'
import { addValue, decodeText, type NewFields, notUtf8, type RecordReading } from './record.ts'

/** Bytes. The parser needs some twenty times as much memory. */
const longestFile = 32 * 1024 * 1024

/** What Authelia calls a value that has another name here. */
const ownNames: Readonly<Record<string, string>> = {
  displayname: 'displayName',
  password: 'passwordHash',
  given_name: 'givenName',
  middle_name: 'middleName',
  family_name: 'familyName',
  phone_number: 'phone',
  'address.street_address': 'street',
  'address.locality': 'locality',
  'address.region': 'region',
  'address.postal_code': 'postalCode',
  'address.country': 'country',
}

export async function* readAuthelia(chunks: AsyncIterable<Buffer>): AsyncGenerator<RecordReading> {
  const end = (line: number, reason: string): RecordReading => {
    return { type: 'unreadable', line, reason, endsFile: true }
  }
  const text = await readText(chunks)
  if (typeof text !== 'string') return yield end(1, text.reason)
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const [mistake] = brokenYaml(document.errors, lines)
  if (mistake !== undefined) {
    const { line = 1, found, allowed } = mistake
    return yield end(line, `it has ${found}; expected ${allowed}`)
  }
  const users = document.get('users')
  if (!isMap(users)) return yield end(1, 'it has no users')
  for (const { key, value } of users.items) {
    const place = isScalar(key) ? (key.range?.[0] ?? 0) : 0
    const { line } = lines.linePos(place)
    const names = isMap(value) ? value.items.map((pair) => String(pair.key)) : []
    if (!isScalar(key) || !isMap(value))
      yield { type: 'unreadable', line, reason: 'it has no values by name' }
    else if (new Set(names).size < names.length)
      yield { type: 'unreadable', line, reason: 'a name is in it twice' }
    else yield readUser(line, String(key.value), value.toJS(document, { maxAliasCount: 32 }))
  }
}

async function readText(
  chunks: AsyncIterable<Buffer>,
): Promise<string | { readonly reason: string }> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > longestFile) return { reason: `the file is longer than ${longestFile} bytes` }
    parts.push(chunk)
  }
  return decodeText(Buffer.concat(parts)) ?? { reason: notUtf8 }
}

function readUser(line: number, username: string, values: unknown): RecordReading {
  const fields: NewFields = new Map()
  addValue(fields, 'authelia', 'user')
  addValue(fields, 'username', username)
  const wrong = isObject(values) ? collect(fields, '', values) : 'it has no values by name'
  return wrong === undefined
    ? { type: 'record', line, fields }
    : { type: 'unreadable', line, reason: wrong }
}

/** Returns why the values cannot be read; `undefined`: they can. */
function collect(
  fields: NewFields,
  prefix: string,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, value] of Object.entries(values)) {
    const path = `${prefix}${name}`
    const wrong = isObject(value)
      ? collectInner(fields, path, value)
      : collectTexts(fields, path, [value].flat())
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const collectInner = (fields: NewFields, path: string, value: Readonly<Record<string, unknown>>) =>
  path.includes('.') ? 'its values are nested too deeply' : collect(fields, `${path}.`, value)

function collectTexts(fields: NewFields, path: string, values: readonly unknown[]) {
  const column = ownNames[path] ?? path.replace(/^extra\./, 'attribute.')
  for (const one of values) {
    if (typeof one === 'object' && one !== null) return 'a list has something other than texts'
    // An empty value is ignored, like an empty cell.
    if (one !== null && String(one).trim() !== '') addValue(fields, column, String(one))
  }
  return undefined
}
