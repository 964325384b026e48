/** Finds the command for the arguments and runs it. Owns the overview of all commands. */

import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { nearest } from '../platform/kernel/nearest.ts'
import { readVersion } from '../platform/kernel/version.ts'
import { exit, tellError } from './command.ts'
import { commands, commandsByHeading, type Entry } from './commands.ts'

/** Runs `einlass` with these arguments; resolves with the exit code and does not throw. */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const [first = '', second = '', third = '', ...rest] = args
  if (first === '--version') {
    io.stdout.write(`einlass ${readVersion()}\n`)
    return exit.ok
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    io.stdout.write(overview())
    return exit.ok
  }
  const three = findEntry(`${first} ${second} ${third}`)
  const two = findEntry(`${first} ${second}`)
  const one = findEntry(first)
  try {
    if (three !== undefined) return await (await three.load()).run(rest, io)
    if (two !== undefined) return await (await two.load()).run(args.slice(2), io)
    if (one !== undefined) return await (await one.load()).run(args.slice(1), io)
    return tellUnknown(args, io)
  } catch (error) {
    return tellError(error, args.includes('--json'), io)
  }
}

function findEntry(name: string): Entry | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

function tellUnknown(args: readonly string[], io: Io): number {
  const words = args.filter((arg) => !arg.startsWith('-')).slice(0, 2)
  const named = findGroup(words.join(' '))
  const group = named.length > 0 ? named : findGroup(words[0])
  if (group.length > 0 && args.includes('--help')) {
    io.stdout.write(overview(group))
    return exit.ok
  }
  const isHalf = named.length > 0
  if (words.length === 0 || isHalf) {
    io.stderr.write(overview(isHalf ? group : undefined))
    return exit.usage
  }
  const fault = new Fault('bad_request', unknownText(words, group))
  return tellError(fault, args.includes('--json'), io)
}

/** The commands that begin with the word, for example `user add` for `user`. */
function findGroup(word: string | undefined): readonly string[] {
  return Object.keys(commands).filter((name) => name.startsWith(`${word} `))
}

function unknownText(words: readonly string[], group: readonly string[]): string {
  const [first = '', both] = [words[0], words.join(' ')]
  const known = [both, first].find((name) => findEntry(name) !== undefined)
  if (known !== undefined) return `Options come after the command: einlass ${known} …`
  const groups = Object.keys(commands).flatMap((name) => name.split(' ').slice(0, -1))
  const meant =
    nearest(both, group.length > 0 ? group : Object.keys(commands)) ??
    nearest(first, [...Object.keys(commands), ...groups])
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
  const list = group.length > 0 ? `${first} has the commands ${group.join(', ')}.` : listed
  return `There is no command ${JSON.stringify(both)}.${hint}\n${list}`
}

const listed = 'einlass --help lists the commands.'

/** @param names absent: all commands, by heading */
function overview(names?: readonly string[]): string {
  const width = Math.max(...(names ?? Object.keys(commands)).map((name) => name.length))
  const line = (name: string) => `  ${name.padEnd(width)}  ${findEntry(name)?.summary}`
  const parts =
    names === undefined
      ? Object.entries(commandsByHeading).map(([heading, entries]) =>
          [heading, ...Object.keys(entries).map(line)].join('\n'),
        )
      : [names.map(line).join('\n')]
  return `Usage: einlass COMMAND [options]\n\n${parts.join('\n\n')}\n\nEach command has --help. --version prints the version.\n`
}
