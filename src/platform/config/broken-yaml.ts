/**
 * Explains to the author why a file is not YAML. Owns the line that is shown: the parser often names the line before the
 * mistake. The words contain no text of the file, as it might be a secret.
 */
import type { LineCounter, YAMLError } from 'yaml'
import type { Mistake } from './mistakes.ts'

/** The first mistake of a file that cannot be read; the parser's later errors follow from the first. */
export function brokenYaml(errors: readonly YAMLError[], counter: LineCounter): Mistake[] {
  const broken = errors.filter(({ code }) => code !== 'DUPLICATE_KEY')
  const first = broken[0]
  if (first === undefined) return []
  const tooDeep =
    first.code === 'BLOCK_AS_IMPLICIT_KEY' &&
    broken.find(({ code, pos }) => code === 'MULTILINE_IMPLICIT_KEY' && pos[0] === first.pos[0])
  const at = tooDeep ? tooDeep.pos[1] : first.pos[0]
  const words = tooDeep ? deeper : explainError(first)
  return [{ path: '', line: counter.linePos(at).line, ...words }]
}

type Words = Pick<Mistake, 'found' | 'allowed'>

const deeper: Words = {
  found: 'a key that is indented below one that already has a value',
  allowed: 'the same indentation as the keys that it belongs to',
}

const indentation: Words = {
  found: 'a line whose indentation fits no line above',
  allowed: 'the same indentation for all keys of a section and all entries of a list',
}

const quoted = 'such a text in quotes'

function explainError({ code, message }: YAMLError): Words {
  switch (code) {
    case 'BAD_INDENT':
      if (!message.startsWith('Flow')) return indentation
      return {
        found: 'a [ or { that is not closed before this line',
        allowed: 'the closing ] or }',
      }
    case 'MULTILINE_IMPLICIT_KEY':
      return {
        found: 'a key without a colon and a space, or a next line that is indented wrongly',
        allowed: 'key: value',
      }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return { found: 'a second colon that is followed by a space', allowed: quoted }
    case 'TAB_AS_INDENT':
      return { found: 'a tab as indentation', allowed: 'spaces' }
    case 'BAD_SCALAR_START':
      return { found: 'a text that begins with a character that YAML reserves', allowed: quoted }
    case 'MISSING_CHAR':
      if (!message.includes('quote')) return indentation
      return { found: 'a quote that is not closed', allowed: 'the closing quote' }
    default:
      return {
        found: `broken YAML (${code.toLowerCase().replaceAll('_', ' ')})`,
        allowed: 'YAML 1.2',
      }
  }
}
