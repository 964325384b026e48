/** `einlass backup-key`: makes keys for encrypted backups, for operators without an age program. */
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Fault } from '../platform/kernel/fault.ts'
import { createAgeKeys } from '../platform/storage/backup/age.ts'
import { requireSafe } from '../platform/storage/backup/safe-folder.ts'
import { defineCommand, exit } from './command.ts'

export const backupKey = defineCommand({
  name: 'backup-key',
  operands: ['FILE'],
  summary:
    'Writes a new secret key of age into a new file and prints the public key, to which "backup --to" encrypts. Keep the file where no server can read it.',
  options: {},
  without: ['config'],
  async run({ operands: [file = ''], reply }) {
    requireSafe(dirname(file))
    const { secret, recipient } = await createAgeKeys()
    const text = `# public key: ${recipient}\n${secret}\n`
    try {
      await writeFile(file, text, { flag: 'wx', mode: 0o400, flush: true })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
      throw new Fault('conflict', `${file} exists already, and was left as it is.`, {
        cause: error,
      })
    }
    reply({ file, recipient }, recipient)
    return exit.ok
  },
})
