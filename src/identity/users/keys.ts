/** Which keys are side by side, and which letters and digits follow each other: `qwertz`, `1qay`, `abcd`, `4321`. */

const rows = [
  'qwertzuiopü',
  'asdfghjklöä',
  'yxcvbnm',
  'qwertyuiop',
  'zxcvbnm',
  '1234567890',
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  '!"§$%&/()=',
  '!@#$%^&*()',
  '1qay',
  '2wsx',
  '3edc',
  '4rfv',
  '5tgb',
  '6zhn',
  '7ujm',
  '1qaz',
  '6yhn',
]
const neighbours = new Set(
  rows.flatMap((row) =>
    Array.from(row)
      .slice(1)
      .flatMap((key, index) => [`${row[index]}${key}`, `${key}${row[index]}`]),
  ),
)

/** @param after the key that was typed after `key`; in lower case, both */
export function isNextKey(key: string | undefined, after: string | undefined): boolean {
  return neighbours.has(`${key}${after}`)
}

/** Three of four steps go to the neighbouring key, or to the neighbouring letter or digit. */
export function isKeyboardWalk(lower: string): boolean {
  const keys = Array.from(lower)
  if (keys.length < 4) return false
  const steps = keys.slice(1).filter((key, index) => isNextKey(keys[index], key))
  return steps.length >= keys.length * 0.75 - 0.25
}

/** `1q2w3e4r`: two walks in turns. */
export function isZigzag(lower: string): boolean {
  const keys = Array.from(lower)
  return [0, 1].every((parity) =>
    isKeyboardWalk(keys.filter((_, index) => index % 2 === parity).join('')),
  )
}
