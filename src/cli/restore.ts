/** `einlass restore`: the database as a backup has it. */
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { restoreBackup } from '../identity/operations/backup.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { describePlace } from '../platform/storage/open.ts'
import { takeServerLock } from '../platform/storage/server-lock.ts'
import { createProgress } from './backup-progress.ts'
import { describeAudit } from './backup-words.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const restore = defineCommand({
  name: 'restore',
  operands: ['FILE'],
  summary:
    'Puts the state of a backup in the place of the database, as a whole or not at all. The key file of the backed up database has to be in its place before.',
  options: {
    replace: { type: 'boolean', help: 'Also where the database has users or apps: they are lost' },
  },
  async run({ operands: [file = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { storage } = config
    const isFile = storage.type === 'sqlite'
    const lock = isFile ? takeServerLock(storage.file) : undefined
    try {
      const { note, audit } = await restoreBackup({
        storage,
        file,
        workFolder: isFile ? dirname(resolve(storage.file)) : tmpdir(),
        replace: values.replace === true,
        onRows: createProgress(io, clock, 'rows copied'),
        settle: async (db) => void (await openKeyring(config, db, { create: false })),
      })
      const madeAt = note && new Date(note.madeAt).toISOString()
      reply(
        { file, madeAt, audit },
        `The database ${describePlace(storage)} is as the backup has it${madeAt === undefined ? '' : `, as of ${madeAt}`}.\n${describeAudit(audit)}`,
      )
      return exit.ok
    } finally {
      lock?.release()
    }
  },
})
