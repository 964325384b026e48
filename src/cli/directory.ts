/**
 * `einlass directory test`: checks whether the configured directories can be used, and shows what a directory has about a name.
 */
import { readFileSync } from 'node:fs'
import { explainAccount } from '../identity/users/account-words.ts'
import type { DirectoryAccountOutcome } from '../identity/users/directory.ts'
import type { DirectoryFinding } from '../identity/users/ldap/check.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { withDirectory } from './operations.ts'

export const directoryTest = defineCommand({
  name: 'directory test',
  operands: [],
  optionalOperands: ['NAME'],
  summary:
    'Tests whether each directory works as it is configured: every server with the bind account, the searches, and the lockout rule. With NAME it also shows which account a login with this name finds, and any reason why the directory would refuse it. It changes nothing in the directory and needs no password of a user.',
  options: {},
  async run({ operands: [name], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const directories = await checkAll(config)
    const asked = name === undefined ? undefined : await ask(config, name)
    const isFailed = directories.some(({ findings }) => findings.some(isFailure))
    const result = { directories, ...(asked !== undefined && { name, account: asked.account }) }
    reply(result, [...directories.flatMap(write), ...(asked?.lines ?? [])].join('\n'))
    return isFailed ? exit.unavailable : exit.ok
  },
})

interface Checked {
  readonly name: string
  readonly kind: string
  readonly findings: readonly DirectoryFinding[]
}

const readFile = (path: string): string => readFileSync(path, 'utf8')

async function checkAll({ directories }: Config): Promise<Checked[]> {
  const { checkDirectory } = await import('../identity/users/ldap/check.ts')
  return await Promise.all(
    directories.map(async (config) => ({
      name: config.name,
      kind: config.kind,
      findings: config.kind === 'local' ? [] : await checkDirectory({ config, clock, readFile }),
    })),
  )
}

const isFailure = ({ type }: DirectoryFinding): boolean => type === 'failed'

const marks = { ok: 'ok', warning: 'WARNING', failed: 'FAILED' } as const

function write({ name, kind, findings }: Checked): string[] {
  const head = kind === 'local' ? `${name} (the users of Einlass itself)` : `${name} (${kind})`
  return [
    head,
    ...findings.map(({ type, text }) => `  ${marks[type].padEnd(8)}${escapeControls(text)}`),
  ]
}

interface Asked {
  readonly account: DirectoryAccountOutcome
  readonly lines: readonly string[]
}

async function ask(config: Config, name: string): Promise<Asked> {
  return await withDirectory(config, (directory) =>
    withDatabase(config, async (db) => {
      const account: DirectoryAccountOutcome = (await directory.describeAccount?.(db, name)) ?? {
        type: (await directory.findByName(db, name)).type === 'found' ? 'local' : 'unknown',
      }
      const sentences = explainAccount(account, (at) => new Date(at).toISOString())
      return { account, lines: [whose(account, name), ...sentences].map(escapeControls) }
    }),
  )
}

function whose(account: DirectoryAccountOutcome, name: string): string {
  switch (account.type) {
    case 'unknown':
      return `"${name}" is the name of nobody in any directory, or of more than one entry. Entries that people_filter leaves out, and the account of bind_name, are nobody.`
    case 'local':
      return `"${name}" is a user of Einlass itself.`
    case 'unavailable':
      return `Whose name "${name}" is cannot be said.`
    case 'account': {
      const { directory, username, user } = account
      const here = user === undefined ? 'has not logged in yet' : `is ${user.username} here`
      return `"${name}" is the account ${username} of the directory ${directory}, and ${here}.`
    }
  }
}
