/** The values that an administrator enters in an app, for this installation. Owns how the address of an app is recovered. */
import type { AppSettings } from '../../../identity/apps/app-protocol.ts'
import type { App } from '../../../identity/apps/apps.ts'
import type { Protocol } from '../../protocols/protocol.ts'
import type { AppTemplate, GuideStep } from './template.ts'

export interface GuideOptions {
  readonly template: AppTemplate
  readonly protocol: Pick<Protocol, 'name' | 'addresses'>
  readonly publicUrl: string
  readonly brand: string
  /** The placeholder for the secret. */
  readonly secret: string
}

export function createGuide(
  { id, settings }: Pick<App, 'id' | 'settings'>,
  { template, protocol, publicUrl, brand, secret }: GuideOptions,
): readonly GuideStep[] {
  return template.createGuide({
    id,
    url: findUrl(template, settings),
    redirectUri: listTexts(settings.redirectUris)[0],
    brand,
    secret,
    address(name) {
      const path = protocol.addresses[name]
      if (path === undefined) throw new Error(`${protocol.name} has no address ${name}`)
      return `${publicUrl}${path}`
    },
  })
}

const model = 'https://app.invalid'

/** The address from which the template derived these settings, if they still end with what the template added. */
export function findUrl(template: AppTemplate, settings: AppSettings): string {
  const endings = Object.entries(template.createSettings(model))
    .flatMap(([name, value]) => listTexts(value).map((text) => ({ name, text })))
    .filter(({ text }) => text.startsWith(`${model}/`))
    .map(({ name, text }) => ({ name, ending: text.slice(model.length) }))
    .sort((a, b) => b.ending.length - a.ending.length)
  for (const { name, ending } of endings) {
    const found = listTexts(settings[name]).find((text) => text.endsWith(ending))
    if (found !== undefined) return found.slice(0, -ending.length)
  }
  const [first = model] = endings.flatMap(({ name }) => listTexts(settings[name]))
  return URL.parse(first)?.origin ?? model
}

function listTexts(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === 'string')
}
