/** `einlass app test`: plays an app of its protocol against the running server, and prints the findings. */
import { protocols } from '../faces/protocols/index.ts'
import type { Finding } from '../faces/protocols/probe.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import { findApp } from '../identity/operations/apps.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { systemRandom } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { withApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const appTest = defineCommand({
  name: 'app test',
  operands: ['ID'],
  summary:
    'Acts as the app against the running server at public_url: finds it, begins a login, authenticates, and calls the addresses of the app. Explains what is wrong and what to do. It logs nobody in and changes nothing; the audit log records the requests that it expects to be refused like any others.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { public_url: publicUrl } = config
    if (publicUrl === undefined) {
      throw new Fault('bad_request', 'public_url is not configured, so there is no server to ask.')
    }
    const app = await withApps(config, ({ db, apps }) => findApp(apps, db, id))
    const { probe, name } = findProtocol(protocols, app.protocol)
    if (probe === undefined) {
      throw new Fault('not_allowed', `Apps of the protocol ${name} cannot be tried out.`)
    }
    const findings = await probe({
      app,
      publicUrl,
      appNetworks: config.app_networks,
      fetch,
      clock: systemClock,
      random: systemRandom,
    })
    const isWrong = findings.some(({ outcome }) => outcome === 'wrong')
    reply({ app: id, isWrong, findings }, [...findings.map(writeFinding), sum(findings)].join('\n'))
    return isWrong ? exit.refused : exit.ok
  },
})

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

function sum(findings: readonly Finding[]): string {
  const count = (outcome: Finding['outcome']) =>
    findings.filter((one) => one.outcome === outcome).length
  const [errors, warnings] = [count('wrong'), count('warning')]
  const isOpen = count('unchecked') > 0
  if (errors + warnings === 0) {
    return isOpen ? 'Nothing is wrong in what was checked.' : 'Nothing is wrong.'
  }
  const parts = [
    ...(errors > 0 ? [`${errors} wrong`] : []),
    ...(warnings > 0 ? [`${warnings} to look at`] : []),
  ]
  return `${parts.join(', ')}.`
}
