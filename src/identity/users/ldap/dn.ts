/** Distinguished names (RFC 4514): their parts, and whether two texts are the same name. */

interface NamePart {
  /** In lower case. */
  readonly type: string
  readonly value: string
}

/** The levels from the entry up to the root; most have one part. `undefined`: the text is not a DN. */
function parseDn(dn: string): NamePart[][] | undefined {
  const levels: NamePart[][] = [[]]
  for (const piece of dn.match(/(?:\\.|[^\\,+])+|[,+\\]/gsu) ?? []) {
    if (piece === ',') levels.push([])
    else if (piece !== '+') {
      const [, type = '', value = ''] = /^\s*([^=\s]+)\s*=\s*(.*)$/su.exec(piece) ?? []
      if (type === '') return undefined
      levels.at(-1)?.push({ type: type.toLowerCase(), value: decode(trimEnd(value)) })
    }
  }
  return levels.every((parts) => parts.length > 0) ? levels : undefined
}

/** Only an escaped blank at the end belongs to the value. */
const trimEnd = (value: string): string => value.replace(/(\\ |\S)\s+$/u, '$1')

const decode = (value: string): string =>
  value.replace(/((?:\\[0-9a-f]{2})+)|\\(.)/giu, (_, bytes?: string, character?: string) =>
    bytes === undefined
      ? `${character}`
      : Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString('utf8'),
  )

/** The value of this type in the entry's own level (RDN); undefined: the RDN has other types. */
export function readOwnName(dn: string, type: string): string | undefined {
  const [own = []] = parseDn(dn) ?? []
  return own.find((part) => part.type === type)?.value
}

/** One text for all spellings of a DN. `undefined`: the text is not a DN. */
export function canonicalDn(dn: string): string | undefined {
  const levels = parseDn(dn)?.map((parts) =>
    parts.map(({ type, value }) => `${type}=${value.trim().toLowerCase()}`).sort(),
  )
  return levels && JSON.stringify(levels)
}
