/** `einlass owa leaks`: finds addresses of an Exchange server that accept a password alone. Parses the address and prints. */
import { hostname } from 'node:os'
import {
  describeAnswer,
  findLeaks,
  looksLikeExchange,
  type PathReport,
} from '../faces/owa/leaks.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { defineCommand, exit } from './command.ts'
import { formatTable } from './table.ts'

export const owaLeaks = defineCommand({
  name: 'owa leaks',
  operands: ['URL'],
  summary:
    'Requests the addresses of an Exchange server without credentials and lists those that accept a password alone (Basic, NTLM and the like). It finds what is reachable from where it runs: run it inside and outside of the network. Exit code 1: it found some.',
  options: {},
  without: ['config'],
  async run({ operands: [typed = ''], reply }) {
    const origin = readOrigin(typed)
    const reports = await findLeaks(origin, { fetch })
    const leaks = reports.filter(({ isLeak }) => isLeak)
    const isSilent = reports.every(({ answer }) => answer.type === 'failed')
    const lines = [
      formatTable(['ADDRESS', 'USED BY', 'WITHOUT CREDENTIALS'], reports.map(toCells)),
      '',
      describeAll(origin, reports, leaks.length),
      `Seen from ${hostname()}.`,
    ]
    reply({ origin, seenFrom: hostname(), leaks: leaks.length, paths: reports }, lines.join('\n'))
    if (isSilent || !looksLikeExchange(reports)) return exit.unavailable
    return leaks.length === 0 ? exit.ok : exit.refused
  },
})

function readOrigin(typed: string): string {
  const url = URL.canParse(typed) ? new URL(typed) : undefined
  if (url === undefined || !['https:', 'http:'].includes(url.protocol)) {
    const found = JSON.stringify(typed)
    throw new Fault('bad_request', `${found} is no address such as https://mail.example.org.`)
  }
  return url.origin
}

const toCells = (report: PathReport) => [report.path, report.usedBy, describeAnswer(report)]

function describeAll(origin: string, reports: readonly PathReport[], leaks: number): string {
  if (reports.every(({ answer }) => answer.type === 'failed'))
    return describeSilence(origin, reports)
  if (looksLikeExchange(reports)) return describeLeaks(leaks)
  return `${origin} does not look like Exchange: nothing there asks for a login. So nothing can be said of its mail. Is the address right?`
}

function describeLeaks(count: number): string {
  if (count === 0) return 'No address takes a password alone, as far as can be seen from here.'
  const subject = count === 1 ? 'One address takes' : `${count} addresses take`
  return `${subject} a password alone: who knows it gets to the mail there without a second factor.`
}

function describeSilence(origin: string, reports: readonly PathReport[]): string {
  const [first] = reports
  const reason = first?.answer.type === 'failed' ? first.answer.reason : ''
  const certificate = /CERT|SIGNED|ISSUER|ALTNAME/.test(reason)
    ? ' Its certificate is not believed here: NODE_EXTRA_CA_CERTS names a file with the authority that signed it.'
    : ''
  return `${origin} cannot be asked from here (${reason}).${certificate}`
}
