/** Draws a QR code: dark on white in both colour schemes, with the quiet zone of ISO/IEC 18004 (four modules). */

const quietZone = 4

/** @param label what a screen reader says in place of the picture */
export async function makeQr(text: string, label: string): Promise<SVGElement> {
  const { default: encodeQR } = await import('qr')
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: quietZone })
  const space = 'http://www.w3.org/2000/svg'
  const svg = document.createElementNS(space, 'svg')
  svg.setAttribute('class', 'qr')
  svg.setAttribute('viewBox', `0 0 ${rows.length} ${rows.length}`)
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-label', label)
  svg.setAttribute('shape-rendering', 'crispEdges')
  const path = document.createElementNS(space, 'path')
  const dark = rows.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])),
  )
  path.setAttribute('d', dark.join(''))
  svg.append(path)
  return svg
}
