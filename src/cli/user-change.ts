/**
 * `einlass user change`: changes the shown name, the e-mail address and attributes. The username cannot change, because
 * everything refers to it.
 */
import type { UserChanges } from '../identity/operations/users.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { escapeControls } from '../platform/kernel/text.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { checkInput } from './input.ts'
import { withUserOperations } from './operations.ts'
import { operator } from './operator.ts'
import { newUserSchema } from './user.ts'
import { attributeOption, readAttributes } from './user-attributes.ts'
import { publicUser } from './user-words.ts'

interface Values {
  readonly attribute?: readonly string[]
  readonly 'no-attribute'?: readonly string[]
  readonly 'display-name'?: string
  readonly email?: string
  readonly 'no-email'?: boolean
}

const changesSchema = newUserSchema.pick({ displayName: true, email: true }).partial()

function readChanges(values: Values): UserChanges {
  const { 'display-name': displayName, email, 'no-email': withoutEmail } = values
  if (withoutEmail === true && email !== undefined) {
    throw new Fault('bad_request', '--no-email and --email exclude each other.')
  }
  const given = { displayName, email: withoutEmail === true ? null : email }
  const input = Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined))
  const attributes = readAttributes(values.attribute, values['no-attribute'])
  if (Object.keys(input).length === 0 && attributes.size === 0) {
    const what = 'Nothing to change: name what, for example --email erika@example.org.'
    throw new Fault('bad_request', `${what} einlass user change --help lists the options.`)
  }
  const changes = checkInput(changesSchema, input, {
    displayName: {
      option: '--display-name',
      typed: displayName,
      allowed: 'a text of 1 to 200 characters',
    },
    email: { option: '--email', typed: email, allowed: 'an e-mail address' },
  })
  return { ...changes, attributes }
}

export const userChange = defineCommand({
  name: 'user change',
  operands: ['NAME'],
  summary:
    'Changes the displayed name, the e-mail address or attributes of a user; everything else stays. The earlier address gets a notice.',
  options: {
    'display-name': { type: 'string', value: 'NAME', help: 'The name shown' },
    email: { type: 'string', value: 'ADDRESS', help: 'An e-mail address' },
    'no-email': { type: 'boolean', help: 'Remove the e-mail address: no more mails' },
    attribute: {
      ...attributeOption,
      help: `${attributeOption.help}. It replaces all earlier values of its name`,
    },
    'no-attribute': {
      type: 'string',
      multiple: true,
      value: 'NAME',
      help: 'Remove an attribute with all its values',
    },
  },
  async run({ operands: [name = ''], values, configFile, io, reply }) {
    const changes = readChanges(values)
    const { config } = usableConfig(configFile, io)
    const user = await withUserOperations(config, (operations) =>
      operations.changeUser(operator, name, changes),
    )
    const mail = user.email === null ? 'no e-mail address' : user.email
    reply(publicUser(user), escapeControls(`${user.username}: ${user.displayName}, ${mail}`))
    return exit.ok
  },
})
