import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { saveParticipant } from '../../identity/sessions/participants.ts'
import { pageSize } from '../../identity/sessions/unnoted-ends.ts'
import { createEvents } from '../../platform/kernel/events.ts'
import type { Id } from '../../platform/kernel/ids.ts'
import { silentLog } from '../../platform/kernel/log.ts'
import { watchEndedSessions } from './ended-sessions.ts'

onEachEngine((engine) => {
  test(`a look at everything begins again after a search that failed in the middle (${engine.name})`, async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    const { db } = await engine.open(t)
    const ids = Array.from({ length: pageSize + 1 }, (_, n) => `ses_${10_000 + n}`)
    for (const id of ids)
      await saveParticipant(
        db,
        {
          sessionId: id as Id<'session'>,
          userId: 'usr_gone' as Id<'user'>,
          ...{ appId: 'mail', protocol: 'toy', data: {} },
        },
        { now: 1, expiresAt: 9 },
      )
    const failed = Promise.withResolvers<void>()
    const heard: string[] = []
    let isBroken = true
    const watch = watchEndedSessions({
      ...{ db, clock: { now: () => 5 }, events: createEvents() },
      log: { ...silentLog, error: () => failed.resolve() },
      async sessionsEnded(some) {
        if (isBroken) throw new Error('broken')
        heard.push(...some)
      },
    })
    watch.start()
    t.mock.timers.tick(60_000)
    await failed.promise
    isBroken = false
    await watch.lookAtAll()
    assert.deepEqual(heard.toSorted(), ids)
    await watch.stop()
  })
})
