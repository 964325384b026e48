/** `einlass user unlock`: lifts waits and locks. The user still has to verify as before. */
import { listFactors } from '../login/factors/index.ts'
import { createLockout } from '../login/factors/lockout.ts'
import { createUnlock, type Unlocked } from '../login/factors/unlock-operation.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { quoteWord } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { audit, openNotifyFor, throttle, users } from './operations.ts'
import { operator } from './operator.ts'

export const userUnlock = defineCommand({
  name: 'user unlock',
  operands: ['USER'],
  summary:
    'Lifts the wait after wrong passwords, the wait and the locks after wrong second factors, and the limit of requests to the phones. The user still has to verify as before.',
  options: {
    'after-report': {
      type: 'boolean',
      help: 'Also end the time in which no notification goes to the phones after a report',
    },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const result = await withDatabase(config, (db) => {
      const notify = openNotifyFor(config)
      const factors = listFactors()
      const lockout = createLockout({ db, clock, throttle, audit, notify })
      const unlock = createUnlock({ db, users, throttle, lockout, factors, audit, clock })
      return unlock(operator, name, { endsBlock: values['after-report'] === true })
    })
    reply(result, describeUnlocked(result))
    return exit.ok
  },
})

function describeUnlocked({ username, kinds, requests, ...block }: Unlocked): string {
  const locks = kinds.length === 0 ? '' : ` Locks lifted: ${kinds.join(', ')}.`
  const limit = requests === 0 ? '' : ' The limit of requests to the phones counts from zero.'
  return `${username} can try again at once.${locks}${limit}${describeBlock(username, block)}`
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
