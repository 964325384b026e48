/** `einlass app test`: plays an app of its protocol against the running server, and prints the findings. */
import { constants } from 'node:os'
import { createAppTestMarks, createMarkedFetch } from '../faces/protocols/app-test-mark.ts'
import { protocols } from '../faces/protocols/index.ts'
import type { Finding, ProbeApp, ProbeTarget } from '../faces/protocols/probe.ts'
import { findRefused, listRefusedLately } from '../faces/protocols/refused-lately.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import { findApp, type TestFindings } from '../identity/operations/apps.ts'
import { hours, systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { type EndWatch, untilEnd, watchForEnd } from '../platform/kernel/process-end.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { openApps, withApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { operator } from './operator.ts'

export const appTest = defineCommand({
  name: 'app test',
  operands: ['ID'],
  summary:
    'Acts as the app against the running server at public_url: finds it, begins a login, authenticates, and calls the addresses of the app. Explains what is wrong and what to do, also for requests of the app itself that were refused in the last 24 hours. It logs nobody in and changes nothing. Its requests are marked, so that refused ones are not recorded; the audit log has one event with the result.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { public_url: publicUrl } = config
    if (publicUrl === undefined) {
      throw new Fault('bad_request', 'public_url is not configured, so there is no server to ask.')
    }
    const until = systemClock.now()
    const { app, keyring, refused } = await withApps(config, async ({ db, apps, keyring }) => {
      const found = await findApp(apps, db, id)
      const span = { from: until - hours(24), until }
      const lately = await listRefusedLately(db, { protocols, apps: [found] }, span)
      return { app: found, keyring, refused: findRefused(lately.get(id)) }
    })
    const marks = createAppTestMarks({ keyring, clock: systemClock, random: systemRandom })
    const { probe, name } = findProtocol(protocols, app.protocol)
    if (probe === undefined) {
      throw new Fault('not_allowed', `Apps of the protocol ${name} cannot be tried out.`)
    }
    // Not with `withApps`: a command that prints the keys may ask a person, or its token may be valid once.
    const record = (found?: TestFindings) =>
      withDatabase(config, (db) =>
        openApps(config, db, keyring).operations.recordTest(operator, id, found),
      )
    // A signal ends the test and not the command: nothing else than its event says what the marked requests were.
    const watch = watchForEnd(['SIGINT', 'SIGTERM', 'SIGHUP'])
    try {
      const played = await play(probe, watch, {
        app,
        publicUrl,
        appNetworks: config.app_networks,
        fetch: createMarkedFetch({ fetch, publicUrl, writeMark: () => marks.write(id) }),
        clock: systemClock,
        random: systemRandom,
      })
      if (played.type === 'interrupted') {
        await record()
        io.stderr.write(`The test was interrupted (${played.by}), so it has no result.\n`)
        return 128 + constants.signals[played.by]
      }
      const findings = [...played.findings, ...refused]
      const [errors, warnings] = [count(findings, 'wrong'), count(findings, 'warning')]
      const isWrong = errors > 0
      // Before the event, because the findings may say why it cannot be stored.
      const text = [...findings.map(writeFinding), sum(findings)].join('\n')
      reply({ app: id, isWrong, findings }, text)
      await record({ wrong: errors, warnings })
      return isWrong ? exit.refused : exit.ok
    } finally {
      watch.stop()
    }
  },
})

type Played =
  | { readonly type: 'done'; readonly findings: readonly Finding[] }
  | { readonly type: 'interrupted'; readonly by: NodeJS.Signals }

async function play(probe: ProbeApp, watch: EndWatch, target: ProbeTarget): Promise<Played> {
  const fetch: typeof target.fetch = (input, init) => {
    const signals = [watch.signal, ...(init?.signal ? [init.signal] : [])]
    return target.fetch(input, { ...init, signal: AbortSignal.any(signals) })
  }
  return await Promise.race([
    probe({ ...target, fetch }).then((findings) => ({ type: 'done', findings }) as const),
    untilEnd(watch).then((by) => ({ type: 'interrupted', by }) as const),
  ])
}

const marks = {
  right: 'ok     ',
  warning: 'look   ',
  wrong: 'WRONG  ',
  unchecked: 'not checked: ',
} as const

function writeFinding({ name, outcome, text, advice }: Finding): string {
  const line = `${marks[outcome]}${name}: ${escapeControls(text)}`
  return advice === undefined ? line : `${line}\n       ${escapeControls(advice)}`
}

const count = (findings: readonly Finding[], outcome: Finding['outcome']): number =>
  findings.filter((one) => one.outcome === outcome).length

function sum(findings: readonly Finding[]): string {
  const [errors, warnings] = [count(findings, 'wrong'), count(findings, 'warning')]
  const isOpen = count(findings, 'unchecked') > 0
  if (errors + warnings === 0) {
    return isOpen ? 'Nothing is wrong in what was checked.' : 'Nothing is wrong.'
  }
  const parts = [
    ...(errors > 0 ? [`${errors} wrong`] : []),
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
  ]
  return `${parts.join(', ')}.`
}
