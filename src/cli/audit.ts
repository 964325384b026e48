/** `einlass audit …` */
import { verifyAudit } from '../identity/audit/verify.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'

export const auditVerify = defineCommand({
  name: 'audit verify',
  operands: [],
  summary: 'Checks that no audit event was changed, removed or inserted.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withDatabase(config, (db) => verifyAudit(db))
    if (result.type === 'intact') {
      reply(result, `The audit log is intact. Events: ${result.events}.`)
      return exit.ok
    }
    reply(result, `The audit log is broken at event ${result.seq}: ${result.reason}.`)
    return exit.refused
  },
})
