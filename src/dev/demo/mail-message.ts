/**
 * Reads mails in the form that Einlass writes: a subject and one text in two forms (RFC 2045 to 2047). Reads no other mails.
 */

export interface ReadMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** @param raw one character for each byte, lines ending in CRLF */
export function readMail(raw: string): ReadMail {
  const [head = '', body] = splitParts(raw)
  const boundary = /boundary="?([^"\r\n;]+)/i.exec(head)?.[1]
  const parts = boundary === undefined ? [raw] : body.split(`--${boundary}`)
  const bodyOf = (mediaType: string) => {
    const part = parts.map(splitParts).find(([one]) => one.toLowerCase().includes(mediaType))
    return part === undefined ? '' : decodeBody(part)
  }
  return {
    subject: decodeWords(readHeader(head, 'subject')),
    text: bodyOf('content-type: text/plain'),
    html: bodyOf('content-type: text/html'),
  }
}

function splitParts(raw: string): [head: string, body: string] {
  const text = raw.replace(/^\r\n/, '')
  const at = text.indexOf('\r\n\r\n')
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 4)]
}

/** Folded lines are joined. */
function readHeader(head: string, name: string): string {
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const line = lines.find((one) => one.toLowerCase().startsWith(`${name}:`))
  return line?.slice(name.length + 1).trim() ?? ''
}

function decodeBody([head, body]: [string, string]): string {
  if (/encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString()
  const isQuoted = /encoding: quoted-printable/i.test(head)
  const bytes = isQuoted ? unquote(body.replaceAll('=\r\n', '')) : body
  return Buffer.from(bytes, 'latin1').toString()
}

/** Decodes words such as `=?UTF-8?Q?Ger=C3=A4t?=`; a character may be split between two words. */
function decodeWords(value: string): string {
  return value.replace(/=\?utf-8\?[bq]\?[^?]*\?=(\s+=\?utf-8\?[bq]\?[^?]*\?=)*/gi, (words) => {
    const bytes = [...words.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(
      ([, kind, text = '']) =>
        kind?.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : Buffer.from(unquote(text.replaceAll('_', ' ')), 'latin1'),
    )
    return Buffer.concat(bytes).toString()
  })
}

const unquote = (text: string): string =>
  text.replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
