/** Adds an app from a template, or the one of a library, and its address, and says what to enter on the app's side. */
import { libraries } from '../faces/apps/libraries/index.ts'
import { createGuide } from '../faces/apps/templates/guide.ts'
import { findTemplate, libraryTemplates, templates } from '../faces/apps/templates/index.ts'
import type { AppTemplate, GuideStep } from '../faces/apps/templates/template.ts'
import type { Protocol } from '../faces/protocols/protocol.ts'
import { appAddressSchema, asciiRule, isAsciiAddress } from '../identity/apps/app-address.ts'
import type { App } from '../identity/apps/apps.ts'
import type { Config } from '../platform/config/schema.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { nearest } from '../platform/kernel/nearest.ts'
import type { Typed } from './app-settings.ts'

const listNames = (all: readonly AppTemplate[]) => all.map(({ name }) => name)
const named = { template: listNames(templates), library: listNames(libraryTemplates) }
type Origin = keyof typeof named

export const templateOptions = {
  template: {
    type: 'string',
    value: 'NAME',
    help: `What the app is: ${named.template.join(', ')}. Derives the settings from --url`,
  },
  library: {
    type: 'string',
    value: 'NAME',
    help: `What the app is written with, or what logs people in before it: ${named.library.join(', ')}. Sets what the library needs, and derives the addresses from --url`,
  },
  url: {
    type: 'string',
    value: 'URL',
    help: 'The address of the app, with --template or --library',
  },
} as const

export interface ChosenTemplate {
  readonly template: AppTemplate
  /** Without a slash at its end. */
  readonly url: string
}

/** Throws Fault `bad_request` for an unknown template or library, for both, and for one of them or an address alone. */
export function chooseTemplate(typed: Typed): ChosenTemplate | undefined {
  const { template: product, library, url, protocol } = typed
  if (product !== undefined && library !== undefined) {
    throw new Fault('bad_request', '--template and --library exclude each other.')
  }
  const origin: Origin = library === undefined ? 'template' : 'library'
  const name = library ?? product
  if (name === undefined && url === undefined) return undefined
  if (name === undefined) throw new Fault('bad_request', '--url needs --template or --library.')
  if (url === undefined) throw new Fault('bad_request', `--${origin} needs --url as well.`)
  const template = findNamed(origin, `${name}`)
  if (protocol !== undefined && protocol !== template.protocol) {
    const what = `The ${origin} ${template.name}`
    throw new Fault('bad_request', `${what} is for ${template.protocol}.`)
  }
  return { template, url: readUrl(`${url}`) }
}

/** Throws Fault `bad_request`, which names what was probably meant, also from the other option. */
function findNamed(origin: Origin, name: string): AppTemplate {
  const template = named[origin].includes(name) ? findTemplate(name) : undefined
  if (template !== undefined) return template
  const other: Origin = origin === 'template' ? 'library' : 'template'
  const own = origin === 'library' ? findNearestLibrary(name) : nearest(name, named[origin])
  const meant = named[other].includes(name) ? `--${other} ${name}` : own
  const hint = meant === undefined ? '' : `. Did you mean ${meant}?`
  throw wrong(`--${origin}`, name, `${named[origin].join(', ')}${hint}`)
}

/** Also by what a library is called elsewhere, such as the name of its package. */
function findNearestLibrary(name: string): string | undefined {
  const called = libraries.flatMap((one) => [one.name, ...(one.alsoCalled ?? [])])
  const near = nearest(name, called)
  return libraries.find((one) => one.name === near || one.alsoCalled?.includes(`${near}`))?.name
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
  { id, settings }: Pick<App, 'id' | 'settings'>,
  { public_url: publicUrl }: Config,
) {
  const addresses = protocol.listAddresses?.(settings, id) ?? protocol.addresses
  return Object.entries(addresses).map(([name, path]): [string, string | null] => [
    name,
    publicUrl === undefined ? null : `${publicUrl}${path}`,
  ])
}

/** What to enter on the app's side; no step for an app without a template. */
export function listSteps(
  app: App,
  protocol: Protocol,
  config: Config,
  clientSecret?: string,
): readonly GuideStep[] {
  const template = findTemplate(app.template)
  if (template === undefined) return []
  const { brand, public_url: publicUrl = 'https://login.example.org' } = config
  const known = protocol.hasSecret(app.settings)
    ? `(the ${protocol.words.secret ?? 'secret'})`
    : '(none)'
  const secret = clientSecret ?? known
  return createGuide(app, { template, protocol, publicUrl, brand: brand.name, secret })
}

/** The steps as lines. */
export function writeSteps({ template }: App, steps: readonly GuideStep[]): string[] {
  if (steps.length === 0) return []
  return [
    '',
    `On the side of the app (${findTemplate(template)?.title}):`,
    ...steps.flatMap(({ text, code }, index) => [
      '',
      `${index + 1}. ${text}`,
      ...(code === undefined ? [] : ['', ...indent(code)]),
    ]),
  ]
}

const indent = (code: string): string[] =>
  code.split('\n').map((line) => (line === '' ? '' : `   ${line}`))
