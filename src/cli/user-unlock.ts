/** `einlass user unlock`: lifts waits and locks. The user still has to verify as before. */
import { explainAccount } from '../identity/users/account-words.ts'
import type { DirectoryAccount } from '../identity/users/directory.ts'
import { findByAnyName } from '../identity/users/directory-answers.ts'
import { listFactors, openLockout } from '../login/factors/index.ts'
import { createUnlock, type Unlocked } from '../login/factors/unlock-operation.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { quoteWord } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { openAudit, openNotifyFor, throttle, users, withDirectory } from './operations.ts'
import { operator } from './operator.ts'

export const userUnlock = defineCommand({
  name: 'user unlock',
  operands: ['USER'],
  summary:
    'Ends the wait after wrong passwords, the wait and the locks after wrong second factors, and the limit of requests to the phones. The user still needs the same factors to log in.',
  options: {
    'after-report': {
      type: 'boolean',
      help: 'Also end the pause in which no notification goes to the phones after a report',
    },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withDirectory(config, (directory) =>
      withDatabase(config, async (db) => {
        const user = await findByAnyName({ users, directory }, db, name)
        const account = await directory.describeAccount?.(db, user?.username ?? name)
        if (user === undefined && account?.type === 'account') throw newcomer(account)
        const notify = openNotifyFor(config)
        const factors = listFactors()
        const audit = openAudit(config)
        const lockout = openLockout({
          db,
          clock,
          throttle,
          audit,
          notify,
        })
        const unlock = createUnlock({ db, users, throttle, lockout, factors, audit, clock })
        const unlocked = await unlock(operator, user?.username ?? name, {
          endsBlock: values['after-report'] === true,
        })
        const inDirectory = account === undefined ? [] : explainAccount(account, formatTime)
        return inDirectory.length === 0 ? unlocked : { ...unlocked, inDirectory }
      }),
    )
    reply(result, describeUnlocked(result))
    return exit.ok
  },
})

const formatTime = (at: number): string => new Date(at).toISOString()

/** The fault for a person who has never logged in: nothing here can lock them out. */
function newcomer(account: DirectoryAccount): Fault {
  const { directory, username } = account
  const first = `${username} of the directory ${directory} has not logged in yet, so nothing is locked here. Waits after wrong passwords end by themselves within 15 minutes.`
  return new Fault('not_found', [first, ...explainAccount(account, formatTime)].join('\n'))
}

/** `inDirectory`: locks that the user's directory still has. */
type Shown = Unlocked & { readonly inDirectory?: readonly string[] }

function describeUnlocked({
  username,
  kinds,
  requests,
  inDirectory = [],
  ...block
}: Shown): string {
  const when = inDirectory.length === 0 ? 'at once' : 'as far as it depends on this server'
  const there = inDirectory.map((sentence) => `\n${sentence}`).join('')
  const locks = kinds.length === 0 ? '' : ` Locks lifted: ${kinds.join(', ')}.`
  const limit = requests === 0 ? '' : ' The limit of requests to the phones counts from zero.'
  return `${username} can try again ${when}.${locks}${limit}${describeBlock(username, block)}${there}`
}

function describeBlock(
  username: string,
  { blockEnded, blockedUntil }: Pick<Unlocked, 'blockEnded' | 'blockedUntil'>,
): string {
  if (blockEnded) return ' Messages go to the phones again.'
  if (blockedUntil === null) return ''
  return `
After a report no notification goes to the phones until ${new Date(blockedUntil).toISOString()}. For a verified caller, this ends it: einlass user unlock ${quoteWord(username)} --after-report`
}
