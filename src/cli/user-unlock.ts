/** `einlass user unlock`: lifts waits and locks. The user still has to verify as before. */
import { createLockout } from '../login/factors/lockout.ts'
import { createUnlock } from '../login/factors/unlock-operation.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
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
      const lockout = createLockout({ db, clock, throttle, audit, notify })
      const unlock = createUnlock({ db, users, throttle, lockout, audit, clock })
      return unlock(operator, name, { endsBlock: values['after-report'] === true })
    })
    const { username, kinds, requests, blockEnded } = result
    const locks = kinds.length === 0 ? '' : ` Locks lifted: ${kinds.join(', ')}.`
    const limit = requests === 0 ? '' : ' The limit of requests to the phones counts from zero.'
    const block = blockEnded ? ' Messages go to the phones again.' : ''
    reply(result, `${username} can try again at once.${locks}${limit}${block}`)
    return exit.ok
  },
})
