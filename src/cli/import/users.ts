/** `einlass import users`: people from a file, with their password hashes. */
import { z } from 'zod'
import {
  createImportUsers,
  type ImportedUser,
  usersInBatch,
} from '../../identity/operations/import-users.ts'
import { createTwoPeople } from '../../identity/operations/two-people-names.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { canonicalUsername } from '../../identity/users/user.ts'
import type { Database } from '../../platform/storage/database.ts'
import { defineCommand } from '../command.ts'
import { usableConfig } from '../config.ts'
import { withDatabase } from '../database.ts'
import { checkInput } from '../input.ts'
import { openAudit, openNotifyFor, users, withDirectory } from '../operations.ts'
import { operator } from '../operator.ts'
import { importOptions, runImport } from './command.ts'
import { extras, readUser } from './user-record.ts'

export const importUsers = defineCommand({
  name: 'import users',
  operands: ['FILE'],
  summary:
    'Imports users from CSV, LDIF, JSON, the export of a Keycloak realm or the users file of Authelia. Without --apply it only says what it would do. Existing users keep their password and their role, and stay enabled or disabled.',
  options: {
    ...importOptions,
    with: {
      type: 'string',
      multiple: true,
      value: 'WHAT',
      help: `Import this as well: ${extras.join(', ')}`,
    },
    'username-from': {
      type: 'string',
      value: 'COLUMN',
      help: 'The column or attribute with the username; else username, uid or sAMAccountName',
    },
    'must-change': {
      type: 'boolean',
      help: 'New users choose another password at their first login',
    },
  },
  async run(invocation) {
    const { values, configFile, io } = invocation
    const { with: wanted } = checkInput(
      z.object({ with: z.array(z.enum(extras)) }),
      { with: values.with ?? [] },
      { with: { option: '--with', typed: values.with, allowed: extras.join(', ') } },
    )
    const reading = {
      extras: new Set(wanted),
      usernameFrom: values['username-from']?.toLowerCase(),
      mustChange: values['must-change'] === true,
    }
    const { config } = usableConfig(configFile, io)
    const work = (directory: Directory) => (db: Database) => {
      const operations = createImportUsers({
        db,
        users,
        directory,
        notify: openNotifyFor(config),
        audit: openAudit(config),
        twoPeople: createTwoPeople({ config, directory }),
        changesRoleHolders: reading.extras.has('role-holders'),
      })
      return runImport<ImportedUser>(invocation, {
        read: (fields) => readUser(fields, reading),
        name: ({ username }) => username,
        key: ({ username }) => canonicalUsername(username) ?? username,
        batchSize: usersInBatch,
        plan: operations.plan,
        write: (batch) => operations.write(operator, batch),
        finish: ({ counts }) =>
          operations.finish(operator, { added: counts.new, changed: counts.changed }),
      })
    }
    return await withDirectory(config, (directory) =>
      withDatabase(config, work(directory), { isBulk: values.apply === true }),
    )
  },
})
