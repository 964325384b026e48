/**
 * A directory over LDAP whose code is loaded only with the first question: most processes have no such directory, or
 * never ask it.
 */
import { onFirstUse } from '../../../platform/kernel/first-use.ts'
import type { LdapDirectoryOptions } from './directory.ts'
import type { LdapDirectory } from './member.ts'
import { isClaimed } from './names.ts'

export function openLdapDirectory(options: LdapDirectoryOptions): LdapDirectory {
  const { config } = options
  const made = onFirstUse(async () => {
    const { createLdapDirectory } = await import('./directory.ts')
    return createLdapDirectory(options)
  })
  return {
    name: config.name,
    config,
    isClaimed: (typed) => isClaimed(config, typed),
    find: async (...asked) => (await made.get()).find(...asked),
    verifyPassword: async (...asked) => (await made.get()).verifyPassword(...asked),
    savePerson: async (...asked) => (await made.get()).savePerson(...asked),
    imitate: async (from) => (await made.get()).imitate(from),
    judgeTicket: async (...asked) => (await made.get()).judgeTicket(...asked),
    changePassword: async (...asked) => (await made.get()).changePassword(...asked),
    maySetPassword: async (entryId) => (await made.get()).maySetPassword(entryId),
    describeAccount: async (...asked) => (await made.get()).describeAccount(...asked),
    checkAccount: async (...asked) => (await made.get()).checkAccount(...asked),
    async close() {
      if (made.isMade()) await (await made.get()).close()
    },
  }
}
