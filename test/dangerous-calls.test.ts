// Calls that turn text into code, markup, statements or commands, and cryptography that is out of date: the sources have none.
import assert from 'node:assert/strict'
import { glob, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { parseSync } from 'oxc-parser'

const root = resolve(import.meta.dirname, '..')

const dangerous = {
  'a statement of SQL that is made of text': /\bsql\.raw\b|\.executeRaw\b/,
  'code that is made of text':
    /\beval\s*\(|\bnew Function\b|['"]node:vm['"]|\bset(?:Timeout|Interval)\(\s*['"`]/,
  'markup that is made of text in a browser':
    /\b(?:inner|outer)HTML\s*=(?!=)|\binsertAdjacentHTML\b|\bdocument\.write\b/,
  'a command of a shell':
    /\bshell:\s*true\b|\bexecSync\b|import \{[^}]*\bexec\b[^}]*\} from 'node:child_process'/,
  'a regular expression that is made of text': /\bRegExp\s*\(/,
  'a random number that can be guessed': /\bMath\.random\b/,
  'a cipher that finds no change, or a padding that tells what it hides':
    /\bcreate(?:C|Dec)ipheriv\(\s*['"`](?!aes-(?:128|256)-gcm['"`])|\bRSA_(?:PKCS1|NO)_PADDING\b/,
} as const

/** Comments become blanks, as they may name what is not allowed. */
function withoutComments(file: string, source: string): string {
  const { comments } = parseSync(file, source)
  return comments.reduceRight(
    (text, { start, end }) => `${text.slice(0, start)} ${text.slice(end)}`,
    source,
  )
}

const listDangers = (file: string, source: string): string[] => {
  const text = withoutComments(file, source)
  return Object.entries(dangerous).flatMap(([name, pattern]) => (pattern.test(text) ? [name] : []))
}

const exceptions = [
  // What ForgeRock AM has encrypted is read as it did that, by a command, once.
  'packages/forgerock-push/profile.ts: a cipher that finds no change, or a padding that tells what it hides',
  // Made of constants of the same file.
  'packages/saml/xml/parse.ts: a regular expression that is made of text',
  'src/faces/protocols/oidc/interaction.ts: a regular expression that is made of text',
  'src/faces/protocols/oidc/user-codes.ts: a regular expression that is made of text',
]

test('only known source files build SQL, code, HTML or commands from text, or use weak cryptography', async () => {
  const files = await Array.fromAsync(glob(['src/**/*.ts', 'packages/**/*.ts'], { cwd: root }))
  const own = files.filter((file) => !/node_modules|test-support|\.test\.ts$/.test(file))
  assert.ok(own.length > 500)
  const found: string[] = []
  for (const file of own) {
    const dangers = listDangers(file, await readFile(resolve(root, file), 'utf8'))
    found.push(...dangers.map((danger) => `${file}: ${danger}`))
  }
  assert.deepEqual(found.toSorted(), exceptions)
})

const planted: readonly string[] = [
  'sql.raw(text)',
  'eval(text)',
  'new Function(text)()',
  "import { runInThisContext } from 'node:vm'",
  'box.innerHTML = text',
  "box.insertAdjacentHTML('beforeend', text)",
  'spawn(command, { shell: true })',
  "import { exec } from 'node:child_process'",
  'new RegExp(text)',
  'const id = Math.random()',
  "createCipheriv('aes-256-cbc', key, iv)",
  'privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, text)',
]

for (const source of planted) {
  test(`${source} is found`, () => {
    assert.equal(listDangers('a.ts', source).length, 1)
  })
}

test('code that only resembles a dangerous call is not reported', () => {
  const source = 'if (box.innerHTML !== next.innerHTML) pattern.exec(text) // eval(text)'
  assert.deepEqual(listDangers('a.ts', source), [])
})
