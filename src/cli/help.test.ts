// What `--help` prints: every option does something.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openTerminal } from '../dev/test-support/cli.ts'

/** Valid arguments for commands that check their arguments before they read the configuration. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  'user change': ['--display-name', 'Erika'],
  'app change': ['--name', 'Webmail'],
  'pass issue': ['--reason', 'lost'],
  'pass request': ['--reason', 'lost'],
  'pass approve': ['--yes'],
  'factor reset': ['--yes'],
}

/** Valid values for operands that allow only a few. */
const values: Readonly<Record<string, string>> = { FACTOR: 'totp', KIND: 'totp' }

interface Help {
  readonly name: string
  readonly operands: readonly string[]
  readonly options: readonly string[]
}

/** The phone in the terminal reads its own arguments, see dev/phone/arguments.ts. */
async function listHelp(t: TestContext): Promise<Help[]> {
  const { einlass } = await openTerminal(t)
  const { stdout } = await einlass(['--help'])
  const names = [...stdout.matchAll(/^ {2}(\S+(?: \S+)*) {2}/gm)].map(([, name = '']) => name)
  const commands = names.filter((name) => name !== 'phone')
  assert.ok(commands.length > 20)
  return await Promise.all(
    commands.map(async (name) => {
      const { stdout: help } = await einlass([...name.split(' '), '--help'])
      const usage = /^Usage: einlass (.*) \[options\]/.exec(help)?.[1] ?? ''
      const options = [...help.matchAll(/^ {2}--([a-z-]+)/gm)].map(([, option = '']) => option)
      const operands = usage.slice(name.length).match(/\b[A-Z_]+\b(?!\])/g) ?? []
      return { name, operands, options }
    }),
  )
}

test('each command that offers --config reads it, and every other command refuses it', async (t) => {
  const { einlass } = await openTerminal(t)
  for (const { name, operands, options } of await listHelp(t)) {
    const given = operands.map((operand) => values[operand] ?? operand.toLowerCase())
    const own = [...given, ...(accepted[name] ?? [])]
    const words = [...name.split(' '), ...own, '--config', 'missing.yaml']
    const { code, stderr } = await einlass(words)
    if (options.includes('config')) assert.match(stderr, /missing\.yaml/, words.join(' '))
    else assert.deepEqual([code, /no option --config/.test(stderr)], [64, true], name)
  }
})

const folder = import.meta.dirname
const read = (file: string) => readFileSync(join(folder, file), 'utf8')

/** Finds the file of a command in the list of commands. */
function findFile(name: string): string {
  const entry = `(?:'${name}'|\\b${name}): \\{[^}]*?import\\('\\./([^']+)'\\)`
  const file = new RegExp(entry).exec(read('commands.ts'))?.[1]
  assert.ok(file, name)
  return file
}

/** The text of a command's file and of the files that it imports, without `command.ts`. */
function readWithImports(file: string, seen = new Set<string>()): string {
  if (file === 'command.ts' || seen.has(file)) return ''
  seen.add(file)
  const text = read(file)
  const imported = [...text.matchAll(/from '\.\/([^']+)'/g)].map(([, other = '']) =>
    join(dirname(file), other),
  )
  return [text, ...imported.map((other) => readWithImports(other, seen))].join('\n')
}

/** Whether the code reads an option: as a member, by its name, or by destructuring. */
function isRead(option: string, text: string): boolean {
  const code = text.replaceAll(new RegExp(`^\\s*'?${option}'?: \\{.*$`, 'gm'), '')
  const within = `\\{[^{}]*\\b${option}\\b[^{}]*`
  const taken = `values: ${within}|${within}\\} = values|${within}\\}: `
  return new RegExp(`\\.${option}\\b|'${option}'|${taken}`).test(code)
}

test('each command reads all its other options', async (t) => {
  const everywhere = ['config', 'json', 'help']
  for (const { name, options } of await listHelp(t)) {
    const text = readWithImports(findFile(name))
    // The settings of a protocol are declared and read by the protocol.
    const declared = options.filter((one) => new RegExp(`\\b${one}'?: `).test(text))
    const unused = declared.filter((one) => !everywhere.includes(one) && !isRead(one, text))
    assert.deepEqual(unused, [], name)
  }
})

test('the check finds an option that is declared and never read', () => {
  const declared = "  options: {\n    fresh: { type: 'boolean', help: 'Begin anew' },\n  },"
  assert.ok(!isRead('fresh', declared))
  assert.ok(isRead('fresh', `${declared}\n  if (values.fresh === true) begin()`))
})
