/** Adds an app from a template and its address, and says what to enter on the app's side. */
import { createGuide } from '../faces/apps/templates/guide.ts'
import { findTemplate, templates } from '../faces/apps/templates/index.ts'
import type { AppTemplate } from '../faces/apps/templates/template.ts'
import type { Protocol } from '../faces/protocols/protocol.ts'
import { appAddressSchema, asciiRule, isAsciiAddress } from '../identity/apps/app-address.ts'
import type { App } from '../identity/apps/apps.ts'
import type { Config } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { nearest } from '../platform/kernel/nearest.ts'
import type { Typed } from './app-settings.ts'

const names = templates.map(({ name }) => name)

export const templateOptions = {
  template: {
    type: 'string',
    value: 'NAME',
    help: `What the app is: ${names.join(', ')}. Derives the settings from --url`,
  },
  url: { type: 'string', value: 'URL', help: 'The address of the app, with --template' },
} as const

export interface ChosenTemplate {
  readonly template: AppTemplate
  /** Without a slash at its end. */
  readonly url: string
}

/** Throws Fault `bad_request` for an unknown template, and for only one of the two options. */
export function chooseTemplate({
  template: name,
  url,
  protocol,
}: Typed): ChosenTemplate | undefined {
  if (name === undefined && url === undefined) return undefined
  if (name === undefined || url === undefined) {
    const [missing, given] = name === undefined ? ['--template', '--url'] : ['--url', '--template']
    throw new Fault('bad_request', `${given} needs ${missing} as well.`)
  }
  const template = findTemplate(`${name}`)
  if (template === undefined) {
    const meant = nearest(`${name}`, names)
    const hint = meant === undefined ? '' : `. Did you mean ${meant}?`
    throw wrong('--template', name, `${names.join(', ')}${hint}`)
  }
  if (protocol !== undefined && protocol !== template.protocol) {
    throw new Fault('bad_request', `The template ${template.name} is for ${template.protocol}.`)
  }
  return { template, url: readUrl(`${url}`) }
}

function readUrl(typed: string): string {
  const url = URL.parse(typed)
  const isPlain = url !== null && url.search === '' && appAddressSchema.safeParse(typed).success
  if (isPlain) return url.href.replace(/\/+$/, '')
  const rule = 'an https address without a query; http only on a loopback host'
  throw wrong('--url', typed, isAsciiAddress(typed) ? rule : asciiRule)
}

function wrong(option: string, found: unknown, allowed: string): Fault {
  return new Fault(
    'bad_request',
    `${option}\n  found:   ${JSON.stringify(found)}\n  allowed: ${allowed}`,
  )
}

/** The addresses that the developer of an app needs, below the public one, each with its name. */
export function listAddresses(
  protocol: Protocol,
  { settings }: Pick<App, 'settings'>,
  { public_url: publicUrl }: Config,
) {
  const addresses = protocol.listAddresses?.(settings) ?? protocol.addresses
  return Object.entries(addresses).map(([name, path]): [string, string | null] => [
    name,
    publicUrl === undefined ? null : `${publicUrl}${path}`,
  ])
}

/** Lines that say what to enter on the app's side; empty for an app without a template. */
export function writeGuide(app: App, protocol: Protocol, config: Config, clientSecret?: string) {
  const template = findTemplate(app.template)
  if (template === undefined) return []
  const { brand, public_url: publicUrl = 'https://login.example.org' } = config
  const known = protocol.hasSecret(app.settings)
    ? `(the ${protocol.words.secret ?? 'secret'})`
    : '(none)'
  const secret = clientSecret ?? known
  const steps = createGuide(app, { template, protocol, publicUrl, brand: brand.name, secret })
  return [
    '',
    `On the side of the app (${template.title}):`,
    ...steps.flatMap(({ text, code }, index) => [
      '',
      `${index + 1}. ${text}`,
      ...(code === undefined ? [] : ['', ...indent(code)]),
    ]),
  ]
}

const indent = (code: string): string[] =>
  code.split('\n').map((line) => (line === '' ? '' : `   ${line}`))
