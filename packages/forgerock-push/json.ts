/** JSON as the protocol needs it: written in ASCII, read without surprises. */

/**
 * JSON in ASCII. Also escapes `?`, `>` and `~`, so that the base64url of the result never holds `-` or `_`: the 2.x
 * iOS app reads payloads with the standard alphabet only.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[?>~\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Reads a JSON object whose own members are all different. Everything else gives `undefined`; never throws. */
export function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const members = value as Record<string, unknown>
    // If a name occurred twice, each reader might use another one of the two.
    return countMembers(text) === Object.keys(members).length ? members : undefined
  } catch {
    return undefined
  }
}

/** The colons on the first level of an object, in a text that is known to be JSON. */
function countMembers(text: string): number {
  let depth = 0
  let count = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1
    else if (token === '}' || token === ']') depth -= 1
    else if (token === ':' && depth === 1) count += 1
  }
  return count
}
