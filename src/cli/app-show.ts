/** `einlass app show`: everything about an app that its developer needs. */
import { protocols } from '../faces/protocols/index.ts'
import type { Protocol } from '../faces/protocols/protocol.ts'
import { findProtocol } from '../identity/apps/app-protocol.ts'
import type { App } from '../identity/apps/apps.ts'
import { findApp } from '../identity/operations/apps.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { label, shownApp, withApps } from './app.ts'
import { describeOrigin } from './app-policy.ts'
import { describeRule, explainAllowed } from './app-rule.ts'
import { listAddresses, listSteps, writeSteps } from './app-template.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const appShow = defineCommand({
  name: 'app show',
  operands: ['ID'],
  summary:
    'Shows an app and what to configure on its side: addresses, and for an app from a template what to enter there. It shows no secret.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { app, protocol, fetched } = await withApps(config, async ({ db, apps }) => {
      const found = await findApp(apps, db, id)
      const ofApp = findProtocol(protocols, found.protocol)
      return {
        app: found,
        protocol: ofApp,
        fetched: (await ofApp.describeFetched?.(db, id)) ?? [],
      }
    })
    const addresses = listAddresses(protocol, app, config)
    const steps = listSteps(app, protocol, config)
    const lines = [
      `${label('name')}${escapeControls(app.name)}`,
      `${label(protocol.words.id)}${app.id}`,
      ...addresses.map(([name, url]) => `${label(name)}${url ?? '(public_url is not configured)'}`),
      ...describeEarlierSecret(protocol, app),
      ...(describeSettings(protocol, app) ?? listSettings(protocol, app)),
      ...describeRegistration(app),
      ...fetched.map((line) => `${label(protocol.document?.option ?? 'fetched')}${line}`),
      `${label('second factor')}${describeRule(app.policy)}`,
      describeOrigin(app.ownPolicy),
      explainAllowed(app.policy),
      ...writeSteps(app, steps),
    ]
    const { earlierSecret: { until } = {} } = app
    const more = {
      ...(until !== undefined && { earlierSecretUntil: new Date(until).toISOString() }),
      ...(fetched.length > 0 && { fetched }),
      ...(steps.length > 0 && { steps }),
    }
    reply({ ...shownApp(app), addresses: Object.fromEntries(addresses), ...more }, lines.join('\n'))
    return exit.ok
  },
})

function describeRegistration({ id, registration }: App): string[] {
  if (registration === undefined) return []
  const { tokenId, contacts } = registration
  return [
    `It has registered itself, with the token ${tokenId}. "einlass app adopt ${id}" makes it one of yours.`,
    ...contacts.map((contact) => `${label('contact')}${escapeControls(contact)}`),
  ]
}

/** While two secrets are valid, the app may still use the earlier one. */
function describeEarlierSecret({ words }: Protocol, { id, earlierSecret }: App): string[] {
  if (earlierSecret === undefined) return []
  const until = new Date(earlierSecret.until).toISOString().slice(0, 16).replace('T', ' ')
  return [
    `The earlier ${words.secret ?? 'secret'} is valid too, until ${until} UTC. "einlass app change ${id} --end-old-secret" ends it.`,
  ]
}

/** `undefined`: the protocol has no words for the settings, or does not understand them any more. */
function describeSettings(protocol: Protocol, { settings }: App): string[] | undefined {
  const { data } = protocol.settings.safeParse(settings)
  return (data === undefined ? undefined : protocol.describeSettings?.(data))?.map(
    ([name, text]) => `${label(name)}${escapeControls(text)}`,
  )
}

function listSettings({ fields }: Protocol, { settings }: App): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const value = settings[name]
    if (field.kind === 'flag') return value === field.on ? [field.option] : []
    const title = 'option' in field ? field.option : name
    return listTexts(value).map((one) => `${label(title)}${escapeControls(one)}`)
  })
}

/** One text for each value; a pair in the form in which it is typed. */
function listTexts(value: unknown): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map(String)
  if (typeof value !== 'object') return [String(value)]
  return Object.entries(value).map(([name, one]) => `${name}=${one}`)
}
