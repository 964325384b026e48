/** Colours by the WCAG 2.2 contrast formula. Owns parsing, contrast and correction; brand.ts decides what to correct. */

/** Red, green and blue, each 0 to 255. */
export type Colour = readonly [number, number, number]

export const white: Colour = [255, 255, 255]
export const black: Colour = [0, 0, 0]

/** Reads `#rgb` or `#rrggbb` in either case; anything else gives `undefined`. */
export function parseColour(text: string): Colour | undefined {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text)
  const hex =
    short === null
      ? text
      : `#${short
          .slice(1)
          .map((digit) => digit + digit)
          .join('')}`
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex)
  if (long === null) return undefined
  const [red, green, blue] = long.slice(1).map((pair) => Number.parseInt(pair, 16))
  return [red ?? 0, green ?? 0, blue ?? 0]
}

/** Writes `#rrggbb`: `formatColour([0, 170, 255])` is `#00aaff`. */
export function formatColour(colour: Colour): string {
  return `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

/** Contrast of two colours, 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05)
}

/** `share` (0 to 1) of the first colour over the second. */
export function mix(over: Colour, under: Colour, share: number): Colour {
  const part = (index: 0 | 1 | 2) => Math.round(over[index] * share + under[index] * (1 - share))
  return [part(0), part(1), part(2)]
}

/** The shade nearest to the colour that has the contrast on every ground. */
export function readableOn(
  grounds: readonly Colour[],
  colour: Colour,
  shade: (colour: Colour, share: number) => Colour,
  minimum: number,
): Colour {
  for (let step = 0; step < 100; step += 1) {
    const candidate = shade(colour, step / 100)
    if (grounds.every((ground) => contrast(candidate, ground) >= minimum)) return candidate
  }
  return shade(colour, 1)
}

/** `share` 0 is the colour itself, 1 is black. */
export function darker(colour: Colour, share: number): Colour {
  return mix(black, colour, share)
}

/** `share` 0 is the colour itself, 1 is white. Keeps hue and saturation, so that a strong colour stays strong. */
export function lighter(colour: Colour, share: number): Colour {
  const [most, least] = [Math.max(...colour) / 255, Math.min(...colour) / 255]
  const lightness = (most + least) / 2
  const target = lightness + (1 - lightness) * share
  const range = most - least
  const chroma = 1 - Math.abs(2 * lightness - 1)
  const saturation = chroma === 0 ? 0 : range / chroma
  const amplitude = saturation * (1 - Math.abs(2 * target - 1))
  const part = (value: number) => {
    const place = range === 0 ? 0.5 : (value / 255 - least) / range
    // Rounding may leave the range by very little, or give a negative zero.
    return Math.min(255, Math.max(0, Math.round((target + (place - 0.5) * amplitude) * 255)))
  }
  return [part(colour[0]), part(colour[1]), part(colour[2])]
}

/** White if it is readable on the ground, else near-black, else black: one of them always reaches 4.5. */
export function textOn(ground: Colour): Colour {
  const dark: Colour = [16, 22, 29]
  return [white, dark].find((colour) => contrast(colour, ground) >= 4.5) ?? black
}

function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0)
}
