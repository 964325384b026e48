/** `einlass restore`: the database as a backup has it. */
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { protocols } from '../faces/protocols/index.ts'
import { restoreBackup } from '../identity/operations/backup.ts'
import { beginEpoch } from '../login/epoch.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import type { BackupNote } from '../platform/storage/backup/backup-file.ts'
import type { Database } from '../platform/storage/database.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { describePlace } from '../platform/storage/open.ts'
import { createProgress } from './backup-progress.ts'
import { describeAudit } from './backup-words.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { audit, openNotifyFor } from './operations.ts'
import { by } from './operator.ts'

export const restore = defineCommand({
  name: 'restore',
  operands: ['FILE'],
  summary:
    'Puts the state of a backup in the place of the database, as a whole or not at all, and ends every login, link and code of before. The key file of the backed up database has to be in its place before.',
  options: {
    replace: { type: 'boolean', help: 'Also where the database has users or apps: they are lost' },
  },
  async run({ operands: [file = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { storage } = config
    const { note, audit, settled } = await restoreBackup({
      storage,
      file,
      workFolder: storage.type === 'sqlite' ? dirname(resolve(storage.file)) : tmpdir(),
      replace: values.replace === true,
      onRows: createProgress(io, clock, 'rows copied'),
      settle: (db, note) => settle(config, db, note),
    })
    const madeAt = note && new Date(note.madeAt).toISOString()
    const { sessionsEnded } = settled
    reply(
      { file, madeAt, audit, sessionsEnded },
      `The database ${describePlace(storage)} is as the backup has it${madeAt === undefined ? '' : `, as of ${madeAt}`}.
${describeAudit(audit)}
Every login, link and code of before has ended. Logins: ${sessionsEnded}. Servers that run notice it and end, to be started again.`,
    )
    return exit.ok
  },
})

async function settle(config: Config, db: Database, note: BackupNote | undefined) {
  const keyring = await openKeyring(config, db, { create: false })
  return await beginEpoch({
    db,
    random,
    now: clock.now(),
    backupAt: note?.madeAt ?? null,
    by,
    audit,
    notify: openNotifyFor(config, keyring),
    voidOthers: protocols.flatMap(({ voidEarlier }) => voidEarlier ?? []),
  })
}
