/**
 * `einlass scim-token …`: tokens with which a system creates, changes and removes users (docs/scim.md). A token is printed
 * once.
 */
import { z } from 'zod'
import { scimPath } from '../faces/scim/path.ts'
import {
  createProvisioningTokenOperations,
  type ProvisioningTokenOperations,
} from '../identity/operations/provisioning-tokens.ts'
import {
  createProvisioningTokens,
  type NewProvisioningToken,
} from '../identity/provisioning/tokens.ts'
import type { Config } from '../platform/config/schema.ts'
import { mailDomain, network } from '../platform/config/values.ts'
import { systemClock as clock } from '../platform/kernel/clock.ts'
import { systemRandom as random } from '../platform/kernel/random.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { withDatabase } from './database.ts'
import { checkInput } from './input.ts'
import { openAudit } from './operations.ts'
import { operator } from './operator.ts'
import { formatTable } from './table.ts'

function withTokens<Result>(
  config: Config,
  work: (operations: ProvisioningTokenOperations) => Promise<Result>,
): Promise<Result> {
  return withDatabase(config, (db) => {
    const audit = openAudit(config)
    const tokens = createProvisioningTokens({ clock, random })
    return work(createProvisioningTokenOperations({ db, audit, tokens }))
  })
}

const nameRule = 'a letter or digit, then up to 62 more letters, digits, dots, dashes, underscores'

const tokenSchema = z.object({
  source: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/),
  networks: z.array(network).max(256),
  takesOver: z.boolean(),
  verifiedMailDomains: z.array(mailDomain).max(100),
  verifiesPhoneNumbers: z.boolean(),
})

interface TokenOptions {
  readonly network?: readonly string[] | undefined
  readonly 'take-over'?: boolean | undefined
  readonly 'verified-mail-domain'?: readonly string[] | undefined
  readonly 'verified-phone-numbers'?: boolean | undefined
}

function readWanted(source: string, options: TokenOptions): NewProvisioningToken {
  const { 'verified-mail-domain': verifiedMailDomains = [] } = options
  const networks = options.network ?? []
  const wanted = {
    ...{ source, networks, verifiedMailDomains },
    takesOver: options['take-over'] ?? false,
    verifiesPhoneNumbers: options['verified-phone-numbers'] ?? false,
  }
  return checkInput(tokenSchema, wanted, {
    source: { option: 'NAME', typed: source, allowed: nameRule },
    networks: { option: '--network', typed: networks, allowed: 'an address or a range' },
    verifiedMailDomains: {
      option: '--verified-mail-domain',
      typed: verifiedMailDomains,
      allowed: 'a mail domain such as example.org, without an @',
    },
  })
}

function describeVerified(token: NewProvisioningToken): string {
  const { verifiedMailDomains: domains, verifiesPhoneNumbers } = token
  const mail = domains.length > 0 ? `addresses in ${domains.join(', ')}` : 'no address'
  return `${mail} and ${verifiesPhoneNumbers ? 'all telephone numbers' : 'no telephone number'} of its users are verified`
}

function listVerified(token: NewProvisioningToken): readonly string[] {
  return [...token.verifiedMailDomains, ...(token.verifiesPhoneNumbers ? ['phone numbers'] : [])]
}

export const scimTokenCreate = defineCommand({
  name: 'scim-token create',
  operands: ['NAME'],
  summary:
    'Creates a token with which a system provisions users and groups. NAME stands for the system, for example entra: tokens with the same name have the same users, and the audit log shows it. The token is printed once.',
  options: {
    network: {
      type: 'string',
      multiple: true,
      value: 'RANGE',
      help: 'Addresses from which it is valid, such as 192.0.2.0/24; else from anywhere',
    },
    'take-over': {
      type: 'boolean',
      help: 'The system may also change local users who have no role and no other system; its first change makes such a user its own',
    },
    'verified-mail-domain': {
      type: 'string',
      multiple: true,
      value: 'DOMAIN',
      help: 'The system has verified the addresses of its users in this domain, and apps learn so; else no address is verified',
    },
    'verified-phone-numbers': {
      type: 'boolean',
      help: 'The system has verified the telephone numbers of its users, and apps learn so',
    },
  },
  async run({ operands: [source = ''], values, configFile, io, replySecret }) {
    const { config } = usableConfig(configFile, io)
    const wanted = readWanted(source, values)
    const { token, secret } = await withTokens(config, (operations) =>
      operations.createToken(operator, wanted),
    )
    const address = `${config.public_url ?? '(public_url is not configured)'}${scimPath}`
    const warnings = config.directories.some(({ kind }) => kind === 'local')
      ? []
      : ['Warning: no directory is local, so nobody who is provisioned can log in.']
    const lines = [
      `SCIM token: ${secret}`,
      `${token.id}, for ${source}. Address: ${address}`,
      wanted.takesOver
        ? `It may take over local users without a role.`
        : `It sees and changes only users that ${source} has provisioned.`,
      `Apps hear that ${describeVerified(wanted)}.`,
      ...warnings,
      'It cannot be shown again.',
    ]
    const more = warnings.length === 0 ? {} : { warnings }
    const lost = `The token was not shown. Remove it: einlass scim-token remove ${token.id}`
    return await replySecret({ ...token, token: secret, address, ...more }, lines.join('\n'), lost)
  },
})

export const scimTokenList = defineCommand({
  name: 'scim-token list',
  operands: [],
  summary: 'Lists SCIM tokens, the newest first, without their secrets.',
  options: {},
  async run({ configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const found = await withTokens(config, (operations) => operations.listTokens(operator))
    const rows = found.map((token) => [
      token.id,
      token.source,
      formatMinute(token.createdAt),
      token.lastUsedAt === null ? 'never' : formatMinute(token.lastUsedAt),
      token.networks.join(', ') || 'anywhere',
      token.takesOver ? 'its own, takes over' : 'its own',
      listVerified(token).join(', ') || 'nothing',
      token.createdBy,
    ])
    const head = ['ID', 'NAME', 'CREATED', 'LAST USED', 'FROM', 'USERS', 'VERIFIED', 'BY']
    reply(found, found.length === 0 ? 'There are no SCIM tokens.' : formatTable(head, rows))
    return exit.ok
  },
})

export const scimTokenRemove = defineCommand({
  name: 'scim-token remove',
  operands: ['ID'],
  summary:
    'Ends a SCIM token at once. "scim-token list" shows its ID. The users and groups of its system stay as they are.',
  options: {},
  async run({ operands: [id = ''], configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    const { source } = await withTokens(config, (operations) =>
      operations.removeToken(operator, id),
    )
    reply({ id, source }, `${id} is removed. The users and groups of ${source} stay.`)
    return exit.ok
  },
})

const formatMinute = (at: number): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ')
