/** `einlass restore`: replaces the database with the content of a backup. */
import { protocols } from '../faces/protocols/index.ts'
import { createAudit } from '../identity/audit/audit.ts'
import type { AuditEvent } from '../identity/audit/chain.ts'
import { deriveEventKey } from '../identity/audit/keys.ts'
import type { ListedEvent } from '../identity/audit/list.ts'
import {
  cutSection,
  findGaps,
  findJunction,
  type Gap,
  type Junction,
  readExport,
  readSection,
  type Section,
  verifySection,
} from '../identity/audit/lost-section.ts'
import type { Administrator } from '../identity/operations/actor.ts'
import { restoreBackup } from '../identity/operations/backup.ts'
import type { Ended } from '../identity/operations/logins.ts'
import { repeatErasures } from '../identity/operations/repeat-erasures.ts'
import { createProvisioningTokens } from '../identity/provisioning/tokens.ts'
import type { User } from '../identity/users/user.ts'
import { beginEpoch } from '../login/epoch.ts'
import { type Counts, type RepeatedEnds, repeatEnds } from '../login/epoch-ends.ts'
import { loginEventTypes } from '../login/login.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Keyring } from '../platform/kernel/keyring.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { readSecrets } from '../platform/storage/backup/age.ts'
import type { BackupNote } from '../platform/storage/backup/backup-file.ts'
import { requireSafe } from '../platform/storage/backup/safe-folder.ts'
import type { Database } from '../platform/storage/database.ts'
import { openKeySource, readOnce } from '../platform/storage/key-source.ts'
import { openKeyring } from '../platform/storage/keys.ts'
import { describePlace, openDatabase } from '../platform/storage/open.ts'
import { findNamingKey, readSealingState } from '../platform/storage/sealing-state.ts'
import type { Transaction } from '../platform/storage/transact.ts'
import { findWorkFolder } from './backup-folder.ts'
import { createProgress } from './backup-progress.ts'
import { describeAudit } from './backup-words.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { openFactors } from './factor.ts'
import { openNotifyFor, users } from './operations.ts'
import { by, operator } from './operator.ts'

export const restore = defineCommand({
  name: 'restore',
  operands: ['FILE'],
  summary:
    'Replaces the database by the state of a backup, completely or not at all, and ends every earlier login, link and code. Put the key file of the backed up database in its place first.',
  options: {
    replace: { type: 'boolean', help: 'Also if the database has users or apps: they are lost' },
    key: { type: 'string', value: 'FILE', help: 'The secret key of an encrypted backup' },
    ends: {
      type: 'string',
      value: 'FILE',
      help: 'Events since the backup, from "audit list --json": users who were disabled or removed since then are again',
    },
    unverified: {
      type: 'boolean',
      help: 'Also a file that may be forged, because it has no authentication code: a plain copy of a database',
    },
  },
  async run({ operands: [file = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { storage } = config
    const replace = values.replace === true
    const source = readOnce(openKeySource(config))
    const keys: KeysOfBackup = { used: undefined, newest: undefined }
    const readSafely = (named: string) => {
      requireSafe(named, { storage, keyFile: source.file })
      return io.readFile(named)
    }
    const exported = values.ends === undefined ? undefined : readExport(readSafely(values.ends))
    const { note, isVerified, audit, settled } = await restoreBackup({
      storage,
      backup: {
        file,
        secrets: values.key === undefined ? undefined : readSecrets(readSafely(values.key)),
        acceptUnverified: values.unverified === true,
      },
      workFolder: findWorkFolder(storage),
      keyFile: source.file,
      replace,
      onRows: createProgress(io, clock, 'rows copied'),
      async openKeyring(db) {
        const keyring = await openKeyring(config, db, { create: false, source })
        keys.used = findNamingKey(await readSealingState(db))
        keys.newest = (await source.read())[0].id
        return keyring
      },
      settle: (db, note, keyring) => settle(db, { config, keyring, note, exported, replace }),
    })
    const madeAt = note && new Date(note.madeAt).toISOString()
    const { sessionsEnded, ends, gaps, unclear, until, isOtherLog } = settled
    reply(
      { file, madeAt, isVerified, keys, audit, isOtherLog, sessionsEnded, ends, gaps, unclear },
      `The database ${describePlace(storage)} is as the backup has it${madeAt === undefined ? '' : `, as of ${madeAt}`}.
${isVerified ? 'It was made with this key file, and nobody has changed it since.' : 'It may be forged: nothing in it was made with this key file.'}${describeKeys(keys)}
${describeAudit(audit, isVerified)}${isOtherLog ? describeOther : ''}
Every login, link and code of before has ended. Logins: ${sessionsEnded}. Servers that run notice it and end, to be started again.
${describeEnds(ends, madeAt, new Date(until).toISOString())}${describeGaps(gaps)}${describeUnclear(unclear)}${exported === undefined ? '' : describeLater(until, unclear)}`,
    )
    return exit.ok
  },
})

/** Their ids. */
interface KeysOfBackup {
  /** The key that the authentication code comes from. */
  used: string | undefined
  /** The last one of the key file. */
  newest: string | undefined
}

interface Settling {
  readonly config: Config
  readonly keyring: Keyring
  readonly note: BackupNote | undefined
  readonly exported: readonly ListedEvent[] | undefined
  readonly replace: boolean
}

async function settle(db: Database, { config, keyring, note, exported, replace }: Settling) {
  const junction = await findJunction(db)
  const { section, isOtherLog = false } =
    exported === undefined
      ? await readReplaced(db, config, { junction, isReplaced: replace })
      : { section: await cutSection(db, exported, junction) }
  const now = clock.now()
  // The log of the replaced database is what it is; an export has been elsewhere.
  const { unclear, until } =
    exported === undefined || section === undefined
      ? { unclear: new Set<AuditEvent>(), until: now }
      : verifySection(section, junction, deriveEventKey(keyring))
  const audit = createAudit({ clock, keyring })
  const { sessionsEnded } = await beginEpoch({
    db,
    random,
    now,
    backupAt: note?.madeAt ?? null,
    by,
    audit,
    notify: openNotifyFor(config, keyring),
    voidOthers: protocols.flatMap(({ voidEarlier }) => voidEarlier ?? []),
  })
  const { authenticators } = openFactors(config, db, keyring, () => {})
  const tokens = createProvisioningTokens({ clock, random })
  const found = { sessionsEnded, unclear: unclear.size, until, isOtherLog }
  if (section === undefined) return { ...found, ends: undefined, gaps: [] }
  const { events } = section
  const gaps = findGaps(events, junction)
  const parts = { db, users, audit, keyring, random, eventTypes: loginEventTypes }
  const erasures = await repeatErasures({ ...parts, remove: removeAgain }, operator, events)
  const ends = await repeatEnds(
    { db, users, tokens, authenticators, audit, by, unclear },
    erasures.rest,
  )
  return { ...found, ends: addErasures(ends, erasures.users), gaps }
}

/**
 * Removes users again that were erased after the backup. Their sessions have ended with the epoch. An erased user may have been
 * the only administrator at the time of the backup.
 */
async function removeAgain(
  tx: Transaction,
  _: Administrator,
  { id }: User,
): Promise<Pick<Ended, 'ids'>> {
  await users.remove(tx, id)
  return { ids: [] }
}

function addErasures({ repeated, left }: RepeatedEnds, erased: number): RepeatedEnds {
  return { repeated: { ...repeated, ...(erased > 0 && { user_erased: erased }) }, left }
}

interface Replaced {
  /** `undefined`: the log of the replaced database is missing, cannot be read, is another one, or ends before the backup. */
  readonly section: Section | undefined
  readonly isOtherLog?: boolean
}

/** Reads the audit log of the database that is replaced. */
async function readReplaced(
  restored: Database,
  { storage }: Config,
  {
    junction,
    isReplaced,
  }: { readonly junction: Junction | undefined; readonly isReplaced: boolean },
): Promise<Replaced> {
  if (!isReplaced) return { section: undefined }
  try {
    const database = await openDatabase({ storage, log, create: false })
    try {
      const newest = (await findJunction(database.db))?.seq ?? 0
      const last = junction?.seq ?? 0
      if (newest === 0) return { section: undefined }
      // Includes the last event that both have, which shows whether this is the same log.
      const events = await readSection(database.db, Math.max(Math.min(newest, last) - 1, 0))
      const section = await cutSection(restored, events, junction)
      return { section: newest < last ? undefined : section }
    } finally {
      await database.close()
    }
  } catch (error) {
    return { section: undefined, isOtherLog: error instanceof Fault && error.code === 'conflict' }
  }
}

/** A key is rotated when others may know it, and they could make such a backup. */
function describeKeys({ used, newest }: KeysOfBackup): string {
  if (used === newest) return ''
  return `
It was made with the key ${used}, and ${newest} is newer: a person who has that earlier key could have forged it. Rotate again: keys rotate --purpose sealing.`
}

const describeOther = `
The replaced database had another log: check that this is a backup of it. It can be, if the database was restored in between.`

function describeEnds(
  ends: RepeatedEnds | undefined,
  from: string | undefined,
  until: string,
): string {
  const time = `between ${from ?? 'the backup'} and ${until}`
  if (ends === undefined)
    return `What was disabled, removed or revoked ${time} is not known here, and is valid again: users, phones, passkeys, groups, passwords, SCIM tokens. Who was erased is there again. Repeat it, or restore with --ends and the exported events of that time.`
  const { repeated, left } = ends
  // Both are times of ISO 8601 in UTC.
  if (from !== undefined && until < from)
    return `The exported events have none from after the backup (${from}): nothing was taken away once more.`
  return `Taken away once more, from the events ${time}: ${listCounts(repeated)}.
To be looked at by you, as a restore does not repeat it: ${listCounts(left)}.`
}

/** Warns that an export ends at its own time, or is certain only until some time, and that later events may be lost. */
const describeLater = (until: number, unclear: number): string => `
The exported events ${unclear > 0 ? 'are certain only until' : 'end at'} ${new Date(until).toISOString()}: what was disabled, removed or revoked later is not known here, and is valid again.`

/** So many gaps are named. */
const mostGaps = 10

function describeGaps(gaps: readonly Gap[]): string {
  if (gaps.length === 0) return ''
  const named = gaps.slice(0, mostGaps).map(({ from, to }) => `${from} to ${to}`)
  const more = gaps.length > mostGaps ? `, and ${gaps.length - mostGaps} further parts` : ''
  return `
The events ${named.join(', ')}${more} are not among them, such as after they were deleted by retention.audit: what was disabled, removed or revoked then is valid again.`
}

function describeUnclear(count: number): string {
  if (count === 0) return ''
  return `
Events that could not be verified, because an event before them is missing, or a user was erased from them or from one before: ${count}. If the file was changed there, nobody sees it. So they enabled no user and removed no second factor: those are among what you look at.`
}

function listCounts(counts: Counts): string {
  const all = Object.entries(counts).map(([type, count]) => `${escapeControls(type)} ${count}`)
  return all.length === 0 ? 'nothing' : all.join(', ')
}
