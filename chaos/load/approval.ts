/** Logins that a phone approves. */
import { setTimeout as pause } from 'node:timers/promises'
import { findNumber, readForm } from '../../src/dev/test-support/plain-browser.ts'
import type { ReceivedMessage, TestPhone } from '../../test/support/test-phone.ts'
import type { Thing } from '../check/history.ts'
import { addSession, enterPassword, findUrl, type Load } from './login.ts'
import type { Person } from './people.ts'

/** Milliseconds after which a message no longer arrives: its server was killed before it sent the message. */
const messageLimit = 3_000
/** Lifetime of a request, in milliseconds. */
const lifetime = 110_000

/**
 * One login. `false`: a request stayed without an answer. It uses the phone's budget, and its message may still arrive, so do
 * not use this person again.
 */
export async function approve(load: Load, person: Person): Promise<boolean> {
  const { phone } = person
  if (phone === undefined) throw new Error('a person without a phone')
  const begin = performance.now()
  const lapsesAt = begin + lifetime
  const thing = load.history.add(`approval of ${person.username}`, {
    kind: 'regainable',
    lapsesAt,
  })
  const halfway = await enterPassword(load, person).catch(() => undefined)
  if (halfway === undefined || !halfway.page.text.includes('class="number"')) return false
  const { browser, page } = halfway
  const message = await takeMessage(phone)
  if (message === undefined) return false
  const answer = phone.answerTo(message, { type: 'approve', number: findNumber(page) })
  if (!(await sendAnswer(load, { phone, thing, answer }))) return false
  const path = readForm(page).action
  for (let times = 0; times < 3; times += 1) {
    const outcome = await load.history.run(thing, 'spend', async () => {
      const reply = await browser.get(path, findUrl(load))
      if (browser.cookie('einlass_session') !== undefined) return 'done'
      if (reply.status >= 500) return 'unknown'
      // For two seconds the page says that another tab may have answered.
      if (/http-equiv="refresh"/.test(reply.text) && !reply.text.includes('class="number"'))
        return 'unknown'
      return 'refused'
    })
    if (outcome === 'done') {
      addSession(load, { browser, owner: person, begin })
      load.count('approvals')
      return true
    }
    if (outcome === 'refused') return false
    await load.gate.pass()
    await pause(2_500)
  }
  return false
}

async function takeMessage(phone: TestPhone): Promise<ReceivedMessage | undefined> {
  const timer = Promise.withResolvers<undefined>()
  const timeout = setTimeout(() => timer.resolve(undefined), messageLimit)
  try {
    return await Promise.race([phone.nextMessage(), timer.promise])
  } finally {
    clearTimeout(timeout)
  }
}

/** Sends the answer again if the first reply was lost, like a phone: the same answer gets the same reply. */
async function sendAnswer(
  load: Load,
  { phone, thing, answer }: { phone: TestPhone; thing: Thing; answer: string },
): Promise<boolean> {
  for (let times = 0; times < 3; times += 1) {
    const outcome = await load.history.run(thing, 'issue', async () => {
      const { status } = await phone.sendAnswer(answer, { at: findUrl(load) })
      return status === 200 ? 'done' : status >= 500 ? 'unknown' : 'refused'
    })
    if (outcome !== 'unknown') return outcome === 'done'
    await load.gate.pass()
  }
  return false
}
