/**
 * The letters that an app may use in its name when it registers itself. Letters that are not listed are refused: Unicode has so
 * many letters and signs similar to Latin ones that no list of these is complete.
 */

/** With the accents of European languages. Without ligatures, and without letters that look like two or like another one. */
const latin =
  /^[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u0131\u0134-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u017e\u0218-\u021b\u1e80-\u1e85\u1e9e\u1ef2\u1ef3]+$/

/** Kana, Han without the strokes that look like signs, and Hangul syllables. */
const eastAsian =
  /^[\u3005\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u4e27\u4e29-\u4e35\u4e37-\u4e3e\u4e41-\u4e84\u4e86-\u9fff\uac00-\ud7a3]+$/

const alphabets = [
  latin,
  eastAsian,
  // Modern Greek and Cyrillic, Hebrew, Arabic, Devanagari, Thai.
  /^[\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03ce]+$/,
  /^[\u0400-\u045f\u0490\u0491]+$/,
  /^[\u05d0-\u05ea]+$/,
  /^[\u0620-\u063f\u0641-\u064a\u0671-\u06d3\u06d5]+$/,
  /^[\u0900-\u0963\u0971-\u097f]+$/,
  /^[\u0e01-\u0e3a\u0e40-\u0e4e]+$/,
] as const

const betweenWords = /[\d \-.,'’&_+!?/():#"„“”«»–]+/u

/** One alphabet for the whole name. Latin words may be combined with those of East Asia, which resemble no Latin letter. */
export function isPlainName(name: string): boolean {
  const text = name.normalize('NFC')
  const words = text.split(betweenWords).filter(Boolean)
  const isOfOne = alphabets.some((alphabet) => words.every((word) => alphabet.test(word)))
  const isEastern = words.every((word) => latin.test(word) || eastAsian.test(word))
  return (isOfOne || isEastern) && !hasSignInWord(text)
}

/** Inside a word, signs could be read as a letter: `E(nlass`, `Ein/ass`. */
function hasSignInWord(text: string): boolean {
  return [...text.matchAll(/(?<=[\p{L}\p{M}\d])[^\p{L}\p{M}\d ]+(?=[\p{L}\p{M}\d])/gu)].some(
    ([signs]) => !/^(?:[-_]+|[.'’&])$/u.test(signs),
  )
}
