import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../../dev/test-support/on-each-engine.ts'
import { silentLog as log } from '../../kernel/log.ts'
import type { Database } from '../database.ts'
import { writeEpoch } from '../epoch.ts'
import { measureBackup, noteBackup, readLastBackups } from './last-backup.ts'

const start = 1_800_000_000_000

const readAge = async (db: Database, now: number) =>
  await measureBackup({ db, clock: { now: () => now }, log }).read()

onEachEngine((engine) => {
  test(`the metrics show the age of the newest backup, and nothing before the first one (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    assert.deepEqual(await readAge(database.db, start), [])
    await noteBackup(storage, { madeAt: start })
    assert.deepEqual(await readAge(database.db, start + 90_500), [{ labels: {}, value: 90.5 }])
    await noteBackup(storage, { madeAt: start + 60_000 })
    assert.deepEqual(await readAge(database.db, start + 90_500), [{ labels: {}, value: 30.5 }])
  })

  test(`a backup with a time in the future has no age, and the next backup replaces it (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await noteBackup(storage, { madeAt: start + 20_000 })
    assert.deepEqual(await readAge(database.db, start), [{ labels: {}, value: 0 }])
    await noteBackup(storage, { madeAt: start + 365 * 86_400_000 })
    assert.deepEqual(await readAge(database.db, start + 86_400_000), [])
    await noteBackup(storage, { madeAt: start })
    assert.deepEqual(await readLastBackups(database.db), [{ madeAt: start, series: undefined }])
  })

  test(`a restored database shows no backup until one is made after the restore (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await noteBackup(storage, { madeAt: start })
    await writeEpoch(database.db, { id: 'epoch', beganAt: start + 1, backupAt: start })
    assert.deepEqual(await readAge(database.db, start + 5_000), [])
    // A backup of the earlier state, by a command that ended after the restore.
    await noteBackup(storage, { madeAt: start + 1 })
    assert.deepEqual(await readAge(database.db, start + 5_000), [])
    await noteBackup(storage, { madeAt: start + 1_000 })
    assert.deepEqual(await readAge(database.db, start + 5_000), [{ labels: {}, value: 4 }])
  })

  test(`each series of backups has its age, which other backups do not change (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await noteBackup(storage, { madeAt: start, series: 'daily' })
    await noteBackup(storage, { madeAt: start + 1_000, series: 'Weekly' })
    await noteBackup(storage, { madeAt: start + 9_000 })
    const ages = async () =>
      (await readAge(database.db, start + 10_000))
        .map(({ labels, value }) => `${labels.series} ${value}`)
        .sort()
    assert.deepEqual(await ages(), ['Weekly 9', 'daily 10'])
    await noteBackup(storage, { madeAt: start + 8_000, series: 'nightly' }, 'daily')
    assert.deepEqual(await ages(), ['Weekly 9', 'nightly 2'])
    await noteBackup(storage, { madeAt: start + 9_000, series: 'nightly' }, 'nightly')
    assert.deepEqual(await ages(), ['Weekly 9', 'nightly 1'])
  })

  test(`an unreadable backup time gives no sample, and the next backup corrects it (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    const row = { name: 'last_backup', value: '{' }
    await database.db.insertInto('settings').values(row).execute()
    assert.deepEqual(await readAge(database.db, start), [])
    await noteBackup(storage, { madeAt: start })
    assert.deepEqual(await readAge(database.db, start), [{ labels: {}, value: 0 }])
  })

  test(`an unreadable backup time hides only the age of its own series (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await noteBackup(storage, { madeAt: start, series: 'daily' })
    const add = async (name: string, value: string) =>
      await database.db.insertInto('settings').values({ name, value }).execute()
    await add('last_backup', '{')
    await add('last_backup/weekly', '{"madeAt":"today"}')
    const daily = { labels: { series: 'daily' }, value: 1 }
    assert.deepEqual(await readAge(database.db, start + 1_000), [daily])
  })

  test(`a backup of no series does not stand for a series whose time is unreadable (${engine.name})`, async (t) => {
    const { database, storage } = await engine.openPlace(t)
    await noteBackup(storage, { madeAt: start })
    const row = { name: 'last_backup/daily', value: 'null' }
    await database.db.insertInto('settings').values(row).execute()
    assert.deepEqual(await readAge(database.db, start), [])
  })
})
