/** The icon of the app on a home screen: an open door in the colour of the brand. Drawn as a PNG, because iPhones need one. */
import { crc32, deflateSync } from 'node:zlib'

/** Pixels. 180 is for iPhones, 192 and 512 for Android (Web App Manifest). */
export const iconSizes = [180, 192, 512] as const

/** @param colour `#rrggbb` */
export function drawIcon(size: number, colour: string): Uint8Array {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  const rows = Buffer.alloc(size * (1 + size * 3))
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const light = coverage(((x + 0.5) / size) * 32, ((y + 0.5) / size) * 32, 32 / size)
      const at = y * (1 + size * 3) + 1 + x * 3
      for (const [index, value] of [red, green, blue].entries()) {
        const ground = value ?? 0
        rows[at + index] = Math.round(ground + (255 - ground) * light)
      }
    }
  }
  return encodePng(size, rows)
}

/** How much of a pixel the strokes cover, 0 to 1. The picture is 32 wide, the mark in its middle 18. */
function coverage(x: number, y: number, pixel: number): number {
  const distance = Math.min(
    distanceToArch(x, y, { middle: 16, top: 16, radius: 6.5, bottom: 23 }),
    distanceToArch(x, y, { middle: 16, top: 16.7, radius: 2.7, bottom: 23 }),
    distanceToLine(x, y),
  )
  return Math.min(1, Math.max(0, (0.85 - distance) / pixel + 0.5))
}

interface Arch {
  readonly middle: number
  readonly top: number
  readonly radius: number
  readonly bottom: number
}

/** Distance to a half circle on two straight legs. */
function distanceToArch(x: number, y: number, { middle, top, radius, bottom }: Arch): number {
  const across = Math.abs(x - middle)
  if (y <= top) return Math.abs(Math.hypot(across, y - top) - radius)
  return Math.hypot(across - radius, Math.max(0, y - bottom))
}

/** Distance to the ground below the door. */
function distanceToLine(x: number, y: number): number {
  const beyond = Math.max(0, Math.abs(x - 16) - 8.5)
  return Math.hypot(beyond, y - 23)
}

/** A PNG of 8 bits for each of red, green and blue (ISO/IEC 15948). @param rows each begins with its filter, 0 */
function encodePng(size: number, rows: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    encodeChunk('IHDR', header),
    encodeChunk('IDAT', deflateSync(rows)),
    encodeChunk('IEND', Buffer.alloc(0)),
  ])
}

function encodeChunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type), data])
  const length = Buffer.alloc(4)
  const sum = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
