/** A43 for waits that are counted from stored times: none is longer than its own maximum after the clock was set back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onEachEngine } from '../../dev/test-support/on-each-engine.ts'
import { createPushScene, type PushScene } from '../../dev/test-support/push-scene.ts'
import { createAlertQueue, createAlertWorker } from '../../identity/notify/alerts/queue.ts'
import { hours, minutes, seconds } from '../../platform/kernel/clock.ts'
import { silentLog as log } from '../../platform/kernel/log.ts'
import { systemRandom as random } from '../../platform/kernel/random.ts'
import type { PushDevice } from '../factors/push/devices.ts'
import { findBlockedUntil } from '../report/report.ts'
import { createResetLinks } from './links.ts'

interface Place {
  readonly scene: PushScene
  readonly device: PushDevice
}

/** Something that has to wait for a time. */
interface Wait {
  readonly what: string
  /** The longest it may last, in milliseconds. */
  readonly longest: number
  /** Until it is held back. */
  begin(place: Place): Promise<unknown>
  isHeld(place: Place): Promise<boolean>
}

const budgetKey = 'browser:erika'

async function ask({ scene, device }: Place, purpose: 'login' | 'test', times: number) {
  for (let n = 0; n < times; n += 1) {
    await scene.challenge(device, { purpose })
    scene.clock.time += minutes(1)
  }
}

const openLinks = ({ scene: { clock, users } }: Place) => createResetLinks({ clock, users, random })

async function makeLink(place: Place) {
  const { db, users } = place.scene
  const email = 'erika@example.org'
  await users.change(db, place.device.userId, { email })
  const user = await users.find(db, place.device.userId)
  assert.ok(user)
  return await openLinks(place).create(db, user, email)
}

/** Delivers what is due to a receiver that takes nothing; gives how often it was asked. */
async function deliverAlerts({ scene: { db, clock } }: Place): Promise<number> {
  let asked = 0
  const deliver = async () => {
    asked += 1
    return 'away'
  }
  const receivers = [{ name: 'webhook' as const, deliver }]
  await createAlertWorker({ db, clock, log, receivers }).deliverDue()
  return asked
}

const waits: readonly Wait[] = [
  {
    what: 'messages of logins',
    longest: minutes(10),
    begin: (place) => ask(place, 'login', 3),
    isHeld: async ({ scene, device: { userId } }) =>
      (await scene.challenges.findSendWait(scene.db, userId, {
        budgetKey: scene.rules.budgetKey,
      })) !== undefined,
  },
  {
    what: 'test messages',
    longest: minutes(10),
    begin: (place) => ask(place, 'test', 5),
    isHeld: async ({ scene, device: { userId } }) =>
      (await scene.challenges.findTrialLimit(scene.db, userId, scene.rules.budgetKey)) !==
      undefined,
  },
  {
    what: 'codes for phones',
    longest: minutes(10),
    async begin({ scene, device: { userId } }) {
      for (let n = 0; n < 10; n += 1) await scene.openCode(userId, `journey ${n}`)
    },
    isHeld: async ({ scene, device: { userId } }) =>
      (await scene.registrations.findNextOpening(scene.db, userId, scene.rules.budgetKey)) !==
      undefined,
  },
  {
    what: 'mails that a phone has changed its type',
    longest: hours(1),
    begin: ({ scene, device: { id } }) => scene.devices.mayNotifyTypeChange(scene.db, id),
    isHeld: async ({ scene, device: { id } }) =>
      !(await scene.devices.mayNotifyTypeChange(scene.db, id)),
  },
  {
    what: 'messages after a report',
    longest: minutes(15),
    begin: ({ scene: { db, users, clock }, device: { userId } }) =>
      users.blockPush(db, userId, clock.now() + minutes(15)),
    isHeld: async ({ scene: { db, clock }, device: { userId } }) =>
      (await findBlockedUntil(db, userId, clock.now())) !== undefined,
  },
  {
    what: 'links for a new password',
    longest: hours(1),
    async begin(place) {
      for (let n = 0; n < 3; n += 1) await makeLink(place)
    },
    isHeld: async (place) => (await makeLink(place)) === undefined,
  },
  {
    what: 'a link with which a directory sets a password',
    longest: minutes(1),
    async begin(place) {
      await makeLink(place)
      await openLinks(place).claim(place.scene.db, place.device.userId)
    },
    isHeld: async (place) => !(await openLinks(place).claim(place.scene.db, place.device.userId)),
  },
  {
    what: 'an alert in the queue',
    longest: seconds(10),
    async begin(place) {
      const { db, clock } = place.scene
      await createAlertQueue({ clock, random, receivers: ['webhook'] }).enqueue(db, 'x', {})
      await deliverAlerts(place)
    },
    isHeld: async (place) => (await deliverAlerts(place)) === 0,
  },
]

onEachEngine((engine) => {
  for (const { what, longest, begin, isHeld } of waits) {
    test(`A43: ${what}: after the clock is set back, the wait is not longer than its maximum (${engine.name})`, async (t) => {
      const { db } = await engine.open(t)
      const scene = createPushScene(db)
      scene.rules.budgetKey = budgetKey
      const device = await scene.addDevice(await scene.addUser())
      const place = { scene, device }
      await begin(place)
      assert.equal(await isHeld(place), true)
      scene.clock.time -= hours(20)
      scene.clock.time += longest
      assert.equal(await isHeld(place), false)
      // What happens from now on is counted as usual.
      await begin(place)
      assert.equal(await isHeld(place), true)
    })
  }
})
