/** `einlass audit verify`: whether the audit log is as it was written. */
import type { BreakReason } from '../identity/audit/break.ts'
import { readHeads } from '../identity/audit/heads.ts'
import { type ChainState, verifyAudit } from '../identity/audit/verify.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'

export const auditVerify = defineCommand({
  name: 'audit verify',
  operands: [],
  summary: 'Checks that no audit event was changed, removed or inserted.',
  options: {
    head: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'Compare it with exported heads: a file of audit.heads, or of a syslog server',
    },
  },
  async run({ values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const files = (values.head ?? []).map((file) => io.readFile(file))
    const result = await withKeyring(config, (db, keyring) =>
      verifyAudit(
        db,
        keyring,
        files.flatMap((text) => readHeads(text, keyring)),
      ),
    )
    reply(result, describe(result))
    return result.type === 'intact' && result.events > 0 ? exit.ok : exit.refused
  },
})

function describe(result: ChainState): string {
  if (result.type === 'broken') {
    const { seq, reason } = result
    return `The audit log is broken at event ${seq}: ${reason}. ${reasons[reason]}`
  }
  if (result.events === 0)
    return 'The audit log is empty. A server writes its first event at its first start: if there was one, the log was emptied.'
  return [`The audit log is intact. Events: ${result.events}.`, ...describeBegin(result)].join(' ')
}

/** Says what cannot be verified about the beginning of the log. */
function describeBegin({
  unkeyed,
  erased,
  deleted,
  earlierHeads,
}: Extract<ChainState, { readonly type: 'intact' }>): string[] {
  return [
    ...(unkeyed === undefined
      ? []
      : [`The first ${unkeyed} are from before there was a key, and anchored by it.`]),
    ...(erased === undefined
      ? []
      : [`Erased users are not named any more in ${erased}, as their erasures say.`]),
    ...(deleted === undefined
      ? []
      : [
          `It begins behind event ${deleted.seq}: those up to there were deleted by retention.audit, the last ones at ${new Date(deleted.at).toISOString()}, as a checkpoint under the key says.`,
        ]),
    ...(earlierHeads === undefined
      ? []
      : [
          `Heads that are older than the checkpoint: ${earlierHeads}. They are signed, but what they cover is deleted and cannot be compared.`,
        ]),
  ]
}

const reasons: Readonly<Record<BreakReason, string>> = {
  missing:
    'It is not there, and events after it are, or the log ended there. No checkpoint says that it was deleted by retention.',
  changed: 'It is not what was written.',
  not_linked:
    'It does not follow the event before it: events were removed, inserted or put in another order.',
  not_keyed:
    'It was written without the key. A log from before there was a key gets it at the next start of a server; else somebody without the key file wrote it.',
  not_as_exported:
    'The log had another event there when its head was exported: it was written anew.',
  not_in_head: 'It is not the one that the log ends with.',
  not_erased: 'It was replaced as if by an erasure, and no event of an erasure covers that.',
  forged_checkpoint:
    'The checkpoint, which says where the log begins, is gone or was not written with the key.',
  before_checkpoint: 'The checkpoint says that it was deleted, and it is there: it was inserted.',
}
