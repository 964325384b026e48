/**
 * `einlass verify-caller`: checks whether a caller at the service desk has an authenticator of the user. Shows no number before
 * the caller has read one out, so that nothing said at the desk helps a caller who does not have it.
 */
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHasher } from '../identity/users/hasher.ts'
import { createLoginReferences } from '../login/engine/references.ts'
import type { CallerState, CallerWords } from '../login/factors/caller.ts'
import {
  type BegunVerification,
  type CallerVerification,
  createCallerVerification,
} from '../login/factors/caller-operations.ts'
import { openCallerChecks, openLockout } from '../login/factors/index.ts'
import type { Config } from '../platform/config/schema.ts'
import { systemClock as clock, seconds } from '../platform/kernel/clock.ts'
import { createEvents } from '../platform/kernel/events.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import { silentLog as log } from '../platform/kernel/log.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { describeLogin, loginOption } from './login.ts'
import { openAudit, openNotifyFor, throttle, users } from './operations.ts'
import { operator } from './operator.ts'

const lookAgain = seconds(0.5)

export const verifyCaller = defineCommand({
  name: 'verify-caller',
  operands: ['USER'],
  summary:
    'Sends a request to a phone of the user while the caller is on the line. The caller reads out a number that the phone shows; the audit log gets the result.',
  options: {
    authenticator: {
      type: 'string',
      value: 'ID',
      help: 'ID of the phone in "factor list"; else the phone that was used last',
    },
    login: loginOption,
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { wrong, ...result } = await withVerification(config, io, async (verification) => {
      const { authenticator: authenticatorId, login } = values
      if (login !== undefined) {
        const shown = await verification.findLogin(operator, name, login)
        io.stderr.write(`${describeLogin(shown)}\n\n`)
      }
      const begun = await verification.begin(operator, name, { authenticatorId, login })
      return await verify(verification, begun, io)
    })
    reply(result, describeResult(result, wrong))
    return result.isVerified ? exit.ok : exit.refused
  },
})

function withVerification<Result>(
  config: Config,
  io: Io,
  work: (verification: CallerVerification) => Promise<Result>,
): Promise<Result> {
  return withKeyring(config, async (db, keyring, wake) => {
    const [notify, audit] = [openNotifyFor(config), openAudit(config)]
    const references = createLoginReferences({ clock, random })
    const hasher = createHasher({ cores: 1, log })
    const lockout = openLockout({
      db,
      clock,
      throttle,
      audit,
      notify,
    })
    const checks = await openCallerChecks({
      ...{ db, users, lockout, log, fetch, readFile: io.readFile },
      events: { ...createEvents(), wake },
      stores: { config, clock, random, keyring, hasher, audit },
    })
    try {
      return await work(
        createCallerVerification({ db, clock, users, references, checks, audit, notify }),
      )
    } finally {
      for (const { check } of checks) await check.close()
    }
  })
}

interface Result {
  readonly username: string
  readonly isVerified: boolean
  readonly reason: 'wrong_answer' | 'denied' | 'no_answer' | 'not_delivered' | null
}

async function verify(
  verification: CallerVerification,
  begun: BegunVerification,
  io: Io,
): Promise<Result & Pick<CallerWords, 'wrong'>> {
  const { username } = begun.user
  const { question, wrong } = begun.check.words
  io.stderr.write(describeRequest(begun))
  const state = await waitForAnswer(begun)
  if (state !== 'chosen') {
    const reason = reasons[state]
    await verification.finish(operator, begun, { reason })
    return { username, isVerified: false, reason, wrong }
  }
  const readOut = await askForNumber(io, question)
  const isVerified = await verification.finish(operator, begun, { readOut })
  return { username, isVerified, reason: isVerified ? null : 'wrong_answer', wrong }
}

const reasons = {
  denied: 'denied',
  expired: 'no_answer',
  superseded: 'no_answer',
  not_delivered: 'not_delivered',
} as const

function describeRequest({ user, check, request }: BegunVerification): string {
  const phone = request.name === null ? 'The phone' : JSON.stringify(escapeControls(request.name))
  return `${phone} of ${user.username} (${escapeControls(user.displayName)}) is asked.
${check.words.instruction} Waiting for the answer …
`
}

async function waitForAnswer({
  check,
  request,
}: BegunVerification): Promise<Exclude<CallerState, 'waiting'>> {
  for (;;) {
    const state = await check.findState(request)
    if (state !== 'waiting') return state
    await sleep(lookAgain)
  }
}

/** Throws Fault `not_allowed` when the input ends: the caller is then not verified, and nothing more is written. */
async function askForNumber(
  { stdin, stderr }: Pick<Io, 'stdin' | 'stderr'>,
  question: string,
): Promise<string> {
  stderr.write(question)
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return line
  } finally {
    lines.close()
  }
  throw new Fault('not_allowed', 'No number was typed, so the caller is not verified.')
}

function describeResult({ username, isVerified, reason }: Result, wrong: string): string {
  if (isVerified) return `Verified: the caller holds an authenticator of ${username}.`
  switch (reason) {
    case 'denied':
      return `Not verified: the request was denied. The caller is not ${username}, or does not hold the phone.`
    case 'not_delivered':
      return 'Not verified: the notification was not delivered. "einlass why" says more.'
    case 'no_answer':
      return 'Not verified: no answer came.'
    default:
      return `Not verified: ${wrong}. Treat the caller as a stranger; ${username} gets a mail.`
  }
}
