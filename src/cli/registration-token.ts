/**
 * `einlass registration-token …`: tokens with which apps register themselves. A token is printed once, and cannot be read
 * again.
 */
import { z } from 'zod'
import { personScopes } from '../faces/protocols/oidc/claims.ts'
import { assertionAudiences } from '../faces/protocols/oidc/client-options.ts'
import { registrationPath } from '../faces/protocols/oidc/paths.ts'
import { registrationTermsSchema } from '../faces/protocols/oidc/registration-metadata.ts'
import {
  createRegistrationTokens,
  type NewRegistrationToken,
  type RegistrationToken,
} from '../identity/apps/registration-tokens.ts'
import {
  createRegistrationOperations,
  type RegistrationOperations,
} from '../identity/operations/registrations.ts'
import { ownPolicySchema } from '../identity/policy/policy.ts'
import type { Config } from '../platform/config/schema.ts'
import { durationMs } from '../platform/config/values.ts'
import { systemClock as clock, hours } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { openApps } from './app.ts'
import { listRulePlaces, type RuleValues, readNewRule, ruleOptions } from './app-policy.ts'
import { describeAllowed, refusePastDay, warnEmptyGroups } from './app-rule.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withKeyring } from './database.ts'
import { checkInput } from './input.ts'
import { openDirectoryFor } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

export function withRegistrations<Result>(
  config: Config,
  work: (operations: RegistrationOperations) => Promise<Result>,
): Promise<Result> {
  return withKeyring(config, (db, keyring) => {
    const { apps, audit } = openApps(config, db, keyring)
    const tokens = createRegistrationTokens({ clock, random })
    return work(createRegistrationOperations({ db, apps, audit, random, tokens }))
  })
}

const mostDays = 366

const tokenSchema = z.object({
  name: z.string().trim().min(1).max(100),
  uses: z.int().min(1).max(10_000),
  lifetime: z
    .number()
    .min(1)
    .max(hours(24 * mostDays)),
  policy: ownPolicySchema,
  terms: registrationTermsSchema,
})

interface IssueValues extends RuleValues {
  readonly name?: string
  readonly uses?: string
  readonly for?: string
  readonly pkce?: string
  readonly 'assertion-audience'?: string
  readonly 'sector-in-app-networks'?: boolean
  readonly scope?: readonly string[]
}

function readToken(values: IssueValues): NewRegistrationToken {
  const { 'assertion-audience': audience } = values
  const { name = 'no name', uses = '1', for: lifetime = '24h', pkce, scope: scopes } = values
  const input = {
    name,
    uses: Number(uses || Number.NaN),
    lifetime: durationMs(lifetime),
    policy: readNewRule(values),
    terms: {
      ...(pkce !== undefined && { pkce }),
      ...(audience !== undefined && { assertionAudience: audience }),
      ...(scopes !== undefined && { scopes }),
      ...(values['sector-in-app-networks'] && { sectorInAppNetworks: true }),
    },
  }
  return checkInput(tokenSchema, input, {
    name: { option: '--name', typed: name, allowed: 'a text of 1 to 100 characters' },
    uses: { option: '--uses', typed: uses, allowed: 'a whole number from 1 to 10000' },
    lifetime: {
      option: '--for',
      typed: lifetime,
      allowed: `a duration such as 8h or 30d, at most ${mostDays}d`,
    },
    'terms.pkce': { option: '--pkce', typed: pkce, allowed: 'required, optional' },
    'terms.assertionAudience': {
      option: '--assertion-audience',
      typed: audience,
      allowed: assertionAudiences.join(', '),
    },
    'terms.scopes': { option: '--scope', typed: scopes, allowed: personScopes.join(', ') },
    ...listRulePlaces(values),
  })
}

export const registrationTokenIssue = defineCommand({
  name: 'registration-token issue',
  operands: [],
  summary:
    'Issues a token with which an OpenID Connect app registers itself, and sets the rule for these apps: default_policy, except for the options here. The token is printed once.',
  options: {
    name: { type: 'string', value: 'TEXT', help: 'What it is for; else "no name"' },
    uses: { type: 'string', value: 'N', help: 'How many apps may register with it (1 if absent)' },
    for: {
      type: 'string',
      value: 'DURATION',
      help: 'How long it is valid, such as 8h or 30d (24h if absent)',
    },
    scope: {
      type: 'string',
      multiple: true,
      value: 'SCOPE',
      help: `What its apps may ask for: ${personScopes.join(', ')}; else all`,
    },
    pkce: {
      type: 'string',
      value: 'RULE',
      help: 'required, or optional for apps with a secret or a key that cannot do PKCE; else required',
    },
    'assertion-audience': {
      type: 'string',
      value: 'WHOM',
      help: 'issuer, or endpoint for apps with a key that sign for the address of an endpoint; else issuer',
    },
    'sector-in-app-networks': {
      type: 'boolean',
      help: 'Their sector_identifier_uri may be in app_networks; else only at a public address',
    },
    ...ruleOptions,
  },
  async run({ values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    refusePastDay(values['skip-until'], clock.now())
    const wanted = readToken(values)
    const { token, secret } = await withRegistrations(config, (operations) =>
      operations.issueToken(operator, wanted),
    )
    const warnings = await listWarnings(config, values['allowed-group'])
    const address = `${config.public_url ?? '(public_url is not configured)'}${registrationPath}`
    const { usesLeft, expiresAt, policy } = token
    const apps = usesLeft === 1 ? 'one app' : `${usesLeft} apps`
    const lines = [
      `Registration token: ${secret}`,
      `${token.id}, for ${apps}, until ${formatMinute(expiresAt)} UTC. ${describeEntry(policy)}`,
      `An app posts its metadata to ${address}, with "Authorization: Bearer" and the token.`,
      ...warnings,
      'It cannot be shown again.',
    ]
    const more = warnings.length === 0 ? {} : { warnings }
    const lost = `The token was not shown. Revoke it: einlass registration-token revoke ${token.id}`
    const result = { ...token, token: secret, registration_endpoint: address, ...more }
    return await replySecret(result, lines.join('\n'), lost)
  },
})

async function listWarnings(config: Config, groups: readonly string[] = []): Promise<string[]> {
  const empty = await withKeyring(config, (db) =>
    warnEmptyGroups(openDirectoryFor(config), db, groups),
  )
  const isOff = !config.oidc.dynamic_registration
  const off = 'Warning: oidc.dynamic_registration is off, so no app can register itself yet.'
  return [...(isOff ? [off] : []), ...empty]
}

const describeEntry = (policy: RegistrationToken['policy']): string =>
  policy.allowedGroups === undefined
    ? 'Everybody who can log in may enter its apps.'
    : `Only members of ${describeAllowed(policy)} may enter its apps.`

export const registrationTokenList = defineCommand({
  name: 'registration-token list',
  operands: [],
  summary: 'Lists registration tokens, the newest first, without their secrets.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withRegistrations(config, (operations) => operations.listTokens(operator))
    const rows = found.map((token) => [
      token.id,
      escapeControls(token.name),
      token.state,
      `${token.uses - token.usesLeft} of ${token.uses}`,
      formatMinute(token.expiresAt),
      describeAllowed(token.policy),
      token.issuedBy,
    ])
    const head = ['ID', 'NAME', 'STATE', 'USED', 'UNTIL', 'WHO MAY ENTER', 'BY']
    reply(found, found.length === 0 ? 'There are no registration tokens.' : formatTable(head, rows))
    return exit.ok
  },
})

export const registrationTokenRevoke = defineCommand({
  name: 'registration-token revoke',
  operands: ['ID'],
  summary:
    'Ends a registration token. "registration-token list" shows its ID. The apps that registered with it stay.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    await withRegistrations(config, (operations) => operations.revokeToken(operator, id))
    reply({ id, state: 'revoked' }, `${id} is revoked. Its apps stay, see "einlass app list".`)
    return exit.ok
  },
})

export const appAdopt = defineCommand({
  name: 'app adopt',
  operands: ['ID'],
  summary:
    'Adopts an app that has registered itself: people are no longer asked for their consent, it can be on their start page, and it can no longer remove itself.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    await withRegistrations(config, (operations) => operations.adopt(operator, id))
    reply({ id }, `${id} is adopted. "einlass app change ${id} --name" gives it another name.`)
    return exit.ok
  },
})

const formatMinute = (at: number): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ')
