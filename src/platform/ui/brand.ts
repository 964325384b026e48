/**
 * The look of an installation: names, links, one colour. Owns the palette that is derived from the colour, with corrected
 * contrast; style.ts has the rules that use it.
 */
import type { Config } from '../config/schema.ts'
import {
  black,
  type Colour,
  contrast,
  darker,
  formatColour,
  lighter,
  mix,
  parseColour,
  readableOn,
  textOn,
  white,
} from './colour.ts'

export interface Brand {
  readonly name: string
  /** One sentence for each language about the apps behind this login; shown under the title of the login page. */
  readonly appsLine?: { readonly de: string; readonly en: string } | undefined
  readonly logo?: { readonly mediaType: string; readonly bytes: Uint8Array } | undefined
  /** `#rrggbb`. */
  readonly colour: string
  /** CSS pixels. */
  readonly cornerRadius: number
  readonly support?:
    | { readonly email?: string | undefined; readonly phone?: string | undefined }
    | undefined
  readonly imprintUrl?: string | undefined
  readonly privacyUrl?: string | undefined
}

export const defaultBrand: Brand = { name: 'Einlass', colour: '#0b5089', cornerRadius: 6 }

/** Reads the look of the installation from the configuration. */
export function readBrand({ brand }: Pick<Config, 'brand'>, logo: Brand['logo']): Brand {
  return {
    name: brand.name,
    appsLine: brand.apps_line,
    logo,
    colour: brand.colour,
    cornerRadius: brand.corner_radius,
    support: brand.support,
    imprintUrl: brand.imprint_url,
    privacyUrl: brand.privacy_url,
  }
}

type Token =
  | 'ground'
  | 'card'
  | 'text'
  | 'muted'
  | 'line'
  | 'field'
  | 'accent'
  | 'fill'
  | 'fill-over'
  | 'on-fill'
  | 'tint'
  | 'bad'
  | 'bad-tint'
  | 'good'
  | 'good-tint'
  | 'warn'
  | 'warn-tint'

/** CSS colours by token. */
export type Palette = Readonly<Record<Token, string>>

/** A place where the configured colour would be hard to read, and the colour that is used instead. */
export interface ColourCorrection {
  readonly wanted: string
  readonly used: string
  /** Contrast of the wanted colour; at least 4.5 is required. */
  readonly contrast: number
}

export interface Palettes {
  readonly light: Palette
  readonly dark: Palette
  readonly corrections: readonly ColourCorrection[]
}

const lightBase = {
  ground: '#eef1f5',
  card: '#ffffff',
  text: '#16202b',
  muted: '#4b5a69',
  line: '#d3dae2',
  field: '#7c8a99',
  bad: '#a51d1d',
  'bad-tint': '#fcecec',
  good: '#1a6334',
  'good-tint': '#e6f4ea',
  warn: '#744a00',
  'warn-tint': '#fdf1da',
}

const darkBase = {
  ground: '#0d141b',
  card: '#18212b',
  text: '#e9eef3',
  muted: '#aab7c4',
  line: '#33404d',
  field: '#76879a',
  bad: '#ffb3ad',
  'bad-tint': '#3b2225',
  good: '#93d7a8',
  'good-tint': '#1b3326',
  warn: '#f3cc85',
  'warn-tint': '#372c19',
}

/** The colours of both modes. Throws when the brand's colour is not `#rgb` or `#rrggbb`. */
export function derivePalettes(brand: Pick<Brand, 'colour'>): Palettes {
  const colour = parseColour(brand.colour)
  if (colour === undefined) throw new TypeError(`not a colour: ${brand.colour}`)
  const light = lightAccents(colour)
  return {
    light: { ...lightBase, ...listTokens(light) },
    dark: { ...darkBase, ...listTokens(darkAccents(colour)) },
    corrections: findCorrections(colour, light),
  }
}

interface Accents {
  /** Links, numbers, edges. */
  readonly accent: Colour
  /** Buttons. */
  readonly fill: Colour
  /** A light background in the brand's colour for things that belong together. */
  readonly tint: Colour
}

/** A pale brand keeps its colour on buttons: their edge and their text are dark. */
function lightAccents(colour: Colour): Accents {
  const tint = mix(colour, readToken(lightBase.card), 0.09)
  const accent = readableOn(lightGrounds(tint), colour, darker, 4.5)
  return { accent, fill: colour, tint }
}

/**
 * A dark brand would be invisible on a dark page: it is lightened, more than the contrast requires, because light on dark
 * glares less.
 */
function darkAccents(colour: Colour): Accents {
  const card = readToken(darkBase.card)
  const accent = readableOn([card, readToken(darkBase.line)], colour, lighter, 4.5)
  return { accent, fill: accent, tint: mix(accent, card, 0.1) }
}

function lightGrounds(tint: Colour): readonly Colour[] {
  return [readToken(lightBase.card), readToken(lightBase.ground), tint]
}

function listTokens({ accent, fill, tint }: Accents) {
  return {
    accent: formatColour(accent),
    fill: formatColour(fill),
    'fill-over': formatColour(hovered(fill)),
    'on-fill': formatColour(textOn(fill)),
    tint: formatColour(tint),
  }
}

/** The colour under the pointer: a little more contrast to the text on it. */
function hovered(fill: Colour): Colour {
  return mix(textOn(fill) === white ? black : white, fill, 0.16)
}

/** Reports only corrections of the light pages, because dark mode lightens every dark colour. */
function findCorrections(wanted: Colour, { accent, tint }: Accents): readonly ColourCorrection[] {
  if (formatColour(accent) === formatColour(wanted)) return []
  const least = Math.min(...lightGrounds(tint).map((ground) => contrast(wanted, ground)))
  return [
    {
      wanted: formatColour(wanted),
      used: formatColour(accent),
      contrast: Math.floor(least * 100) / 100,
    },
  ]
}

function readToken(text: string): Colour {
  return parseColour(text) ?? white
}
