/**
 * `einlass keys list` and `keys rotate`: the keys that sign tokens and messages to apps; keys-sealing.ts has the sealing keys.
 */
import {
  createKeyOperations,
  type KeyOperations,
  type KeySummary,
} from '../faces/protocols/key-operations.ts'
import { endsSoon } from '../faces/protocols/signing-certificate.ts'
import { type KeyPurpose, keyPurposes } from '../faces/protocols/signing-keys.ts'
import { createAudit } from '../identity/audit/audit.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { listSealingKeys, rotateSealingKeys } from './keys-sealing.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

/** The purposes of signing keys, and `sealing` for the keys that seal secrets in the database. */
const purposes: readonly string[] = [...Object.keys(keyPurposes), 'sealing']

function withKeys<Result>(
  config: Config,
  work: (operations: KeyOperations) => Promise<Result>,
): Promise<Result> {
  const { public_url: publicUrl = 'https://einlass', sessions, oidc } = config
  const longestUse = Math.max(sessions.absolute, oidc.access_token_lifetime)
  return withKeyring(config, (db, keyring) => {
    const audit = createAudit({ clock, keyring })
    const parts = { db, clock, random, keyring, publicUrl, audit, longestUse }
    return work(createKeyOperations(parts))
  })
}

export const keysList = defineCommand({
  name: 'keys list',
  operands: [],
  summary:
    'Lists the keys that sign tokens and assertions for apps: the present ones, the next ones, and earlier ones whose signatures are still valid. Times are in UTC. With --purpose sealing: the keys that seal secrets in the database, and how many values each of them seals.',
  options: {
    purpose: { type: 'string', value: 'NAME', help: `${purposes.join(', ')}; else all that sign` },
  },
  async run({ values: { purpose }, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (purpose === 'sealing') return await listSealingKeys(config, reply)
    const wanted = purpose === undefined ? undefined : readPurpose(purpose)
    const all = await withKeys(config, (operations) => operations.listKeys())
    const keys = all.filter((key) => wanted === undefined || key.purpose === wanted)
    const none = 'There are no keys yet: a server makes them when it needs them.'
    reply(keys, keys.length === 0 ? none : [formatKeys(keys), ...listWarnings(keys)].join('\n'))
    return exit.ok
  },
})

export const keysRotate = defineCommand({
  name: 'keys rotate',
  operands: [],
  summary:
    'Makes the next keys. They are published at once and sign later (after a day, those of SAML after 14 days); the earlier ones stay published until nothing that they signed is valid any more. Running servers need no restart. With --purpose sealing: adds a key to the key file, waits until every server has it, seals with it, and reseals every sealed value; if the command is interrupted, run it again and it continues.',
  options: {
    purpose: {
      type: 'string',
      value: 'NAME',
      help: `${purposes.join(', ')}; else oidc`,
    },
    now: {
      type: 'boolean',
      help: 'The next keys sign in a minute. Apps whose certificate is entered by hand fail until they get the new one',
    },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if (values.purpose === 'sealing') {
      if (values.now === true) throw new Fault('bad_request', '--now is for keys that sign.')
      return await rotateSealingKeys(config, io, reply)
    }
    const rotation = { purpose: readPurpose(values.purpose ?? 'oidc'), atOnce: values.now === true }
    const { keys, holders } = await withKeys(config, async (operations) => ({
      keys: await operations.rotateKeys(operator, rotation),
      holders: await operations.listCertificateHolders(rotation.purpose),
    }))
    reply(keys, [formatKeys(keys), ...listHolders(keys, holders)].join('\n'))
    return exit.ok
  },
})

function readPurpose(typed: string): KeyPurpose {
  const known = Object.keys(keyPurposes) as KeyPurpose[]
  const purpose = known.find((name) => name === typed)
  if (purpose !== undefined) return purpose
  const text = `--purpose\n  found:   ${JSON.stringify(typed)}\n  allowed: ${purposes.join(', ')}`
  throw new Fault('bad_request', text)
}

const formatTime = (at: number): string => new Date(at).toISOString().slice(0, 16).replace('T', ' ')

/** Warnings of certificates that expire soon and that no other key replaces. */
function listWarnings(keys: readonly KeySummary[]): string[] {
  return keys.flatMap(({ purpose, certificate, publishedUntil }) => {
    if (certificate === undefined || publishedUntil !== null) return []
    if (!endsSoon(certificate.expiresAt, clock.now())) return []
    const end = formatTime(certificate.expiresAt)
    return [
      `Warning: the certificate of ${purpose} ends at ${end}: einlass keys rotate --purpose ${purpose}`,
    ]
  })
}

/** Who has to act before the next certificate signs. */
function listHolders(keys: readonly KeySummary[], holders: readonly string[]): string[] {
  const next = keys.find(({ state }) => state === 'next')
  if (next === undefined || holders.length === 0) return []
  return [
    `The next certificate signs from ${formatTime(next.signsFrom)} UTC. Those of these apps that do not read the metadata by themselves need it before: ${holders.join(', ')}.`,
  ]
}

function formatKeys(keys: readonly KeySummary[]): string {
  const rows = keys.map((key) => [
    key.purpose,
    key.algorithm,
    key.kid,
    key.state,
    formatTime(key.signsFrom),
    key.publishedUntil === null ? '-' : formatTime(key.publishedUntil),
    key.certificate?.sha1 ?? '-',
    key.certificate === undefined ? '-' : formatTime(key.certificate.expiresAt),
  ])
  const head = ['PURPOSE', 'ALGORITHM', 'KID', 'STATE', 'SIGNS FROM', 'PUBLISHED UNTIL']
  return formatTable([...head, 'CERTIFICATE (SHA-1)', 'ENDS'], rows)
}
