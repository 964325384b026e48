/** JSON in any layout: a list of users, objects one after the other, or the export of a Keycloak realm with its users. */
import { isObject, parseJson, readObject } from './json-lines.ts'
import { cutObjects, type JsonObject } from './json-objects.ts'
import { isKeycloakUser, readKeycloakUser } from './keycloak.ts'
import { decodeText, notUtf8, type RecordReading, type Unreadable } from './record.ts'

export async function* readJsonDocument(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<RecordReading> {
  for await (const one of cutObjects(chunks)) yield one.type === 'object' ? readOne(one) : one
}

function readOne({ line, bytes, isUser }: JsonObject): RecordReading {
  const unreadable = (reason: string): Unreadable => ({ type: 'unreadable', line, reason })
  const text = decodeText(bytes)
  if (text === undefined) return unreadable(notUtf8)
  const value = parseJson(text)
  if (!isObject(value)) return unreadable('it is no JSON object')
  if (isUser || isKeycloakUser(value)) return readKeycloakUser(line, value)
  if ('realm' in value) return unreadable(withoutUsers)
  return readObject(line, value)
}

const withoutUsers =
  'it is a realm of Keycloak without its users: export it with kc.sh export --users realm_file'
