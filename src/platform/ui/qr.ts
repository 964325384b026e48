/** QR codes as inline SVG: black on white in every mode, with the quiet zone of ISO/IEC 18004 (four modules). */
import qrcode from 'qrcode-generator'
import { type Html, html } from './html.ts'

const quietZone = 4

export interface Qr {
  /** Must be in the page once, before the pictures. */
  readonly definition: Html
  /** May be in several places; each shows the same code. */
  picture(label: string): Html
}

/** `width`: the most CSS pixels for the picture; it takes as many as give all modules the same size. */
export function createQr(id: string, content: string, width: number): Qr {
  const { size, path } = qrPath(content)
  const side = size * Math.max(2, Math.floor(width / size))
  return {
    definition: html`<svg width="0" height="0" class="unseen" aria-hidden="true" focusable="false"><symbol id="${id}" viewBox="0 0 ${size} ${size}"><path fill="#fff" d="M0 0h${size}v${size}H0z"/><path stroke="#000" fill="none" shape-rendering="crispEdges" d="${path}"/></symbol></svg>`,
    picture: (label) =>
      html`<svg class="qr" width="${side}" height="${side}" viewBox="0 0 ${size} ${size}" role="img" aria-label="${label}"><use href="#${id}" xlink:href="#${id}" width="${size}" height="${size}"/></svg>`,
  }
}

/** Each row of modules as strokes of height 1. `size`: number of modules, including the quiet zone. */
export function qrPath(content: string): { readonly size: number; readonly path: string } {
  // A screen has no scratches, so long content gets larger modules in place of more redundancy.
  const code = qrcode(0, content.length > 120 ? 'L' : 'M')
  code.addData(content)
  code.make()
  const count = code.getModuleCount()
  let path = ''
  for (let row = 0; row < count; row += 1) {
    path += rowPath(count, row, (column) => code.isDark(row, column))
  }
  return { size: count + 2 * quietZone, path }
}

function rowPath(count: number, row: number, isDark: (column: number) => boolean): string {
  let path = `M${quietZone} ${row + quietZone}.5`
  let start = 0
  for (let column = 1; column <= count; column += 1) {
    if (column < count && isDark(column) === isDark(start)) continue
    if (isDark(start)) path += `h${column - start}`
    else if (column < count) path += `m${column - start} 0`
    start = column
  }
  return path
}
