/**
 * Whether a file may be the picture of an app: a small PNG, or an SVG that only draws. Owns the check, which refuses
 * everything that is not known to be harmless. Pages show the picture as an image, and images run no scripts either.
 */

export type IconType = 'image/png' | 'image/svg+xml'

export interface Icon {
  readonly mediaType: IconType
  readonly bytes: Uint8Array
}

export type IconOutcome =
  | { readonly type: 'icon'; readonly icon: Icon }
  /** `why`: in words, for the operator. */
  | { readonly type: 'refused'; readonly why: string }

export const largestIcon = 48 * 1024

const refuse = (why: string): IconOutcome => ({ type: 'refused', why })

export function readIcon(bytes: Uint8Array): IconOutcome {
  if (bytes.length > largestIcon) {
    return refuse(`it has ${bytes.length} bytes, and ${largestIcon} are allowed`)
  }
  if (isPng(bytes)) return readPng(bytes)
  const wrong = findSvgMistake(Buffer.from(bytes).toString('utf8'))
  return wrong === undefined
    ? { type: 'icon', icon: { mediaType: 'image/svg+xml', bytes } }
    : refuse(wrong)
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

const isPng = (bytes: Uint8Array): boolean =>
  bytes.length > 24 && pngSignature.equals(bytes.subarray(0, 8))

/** The header is the first chunk of every PNG (PNG specification, 11.2.1). */
function readPng(bytes: Uint8Array): IconOutcome {
  const view = Buffer.from(bytes)
  const [width, height] = [view.readUInt32BE(16), view.readUInt32BE(20)]
  const isSmall = width >= 40 && height >= 40 && width <= 1024 && height <= 1024
  if (isSmall) return { type: 'icon', icon: { mediaType: 'image/png', bytes } }
  return refuse(`it is ${width} by ${height} pixels, and 40 to 1024 are allowed`)
}

const elements = new Set(
  'svg g path rect circle ellipse line polyline polygon defs lineargradient radialgradient stop clippath mask title desc use symbol'.split(
    ' ',
  ),
)

const attribute = /\s+([a-zA-Z][\w:.-]*)\s*=\s*("[^"<&]*"|'[^'<&]*')/g

/** Undefined: the SVG only draws. */
function findSvgMistake(text: string): string | undefined {
  if (text.includes('\ufffd')) return 'it is neither a PNG nor an SVG in UTF-8'
  const body = text.replace(/^\ufeff?\s*<\?xml\s[^<>?]*\?>/, '').replace(/<!--[^<>]*-->/g, '')
  if (!/^\s*<svg[\s>]/.test(body)) return 'it is neither a PNG nor an SVG'
  const between = body.replace(/<[^<>]*>/g, '')
  if (/[<>]/.test(between)) return 'it has a tag that does not end'
  for (const [tag] of body.matchAll(/<[^<>]*>/g)) {
    const wrong = findTagMistake(tag)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

function findTagMistake(tag: string): string | undefined {
  const [, name = ''] = /^<\/?([a-zA-Z][\w:.-]*)/.exec(tag) ?? []
  if (!elements.has(name.toLowerCase())) return `it has ${tag.slice(0, 40)}, which does not draw`
  const rest = tag.slice(tag.indexOf(name) + name.length).replace(/\/?>$/, '')
  for (const [, key = '', quoted = ''] of rest.matchAll(attribute)) {
    if (!isHarmless(key.toLowerCase(), quoted.slice(1, -1))) {
      return `its ${name} has ${key}, which may load or run something`
    }
  }
  const left = rest.replace(attribute, '').trim()
  return left === '' ? undefined : `its ${name} has something that is no attribute`
}

/** A reference may only point to a part of the same picture, so that nothing else is fetched. */
function isHarmless(key: string, value: string): boolean {
  if (key.startsWith('on')) return false
  if (key === 'href' || key === 'xlink:href') return /^#[\w-]+$/.test(value)
  if (key.startsWith('xmlns')) return true
  const withoutParts = value.replace(/url\(#[\w-]+\)/g, '')
  return !/url\(|image\(|import|expression|script|\\/i.test(withoutParts)
}
