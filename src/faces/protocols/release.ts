/**
 * Which data of a person an app gets: values by the names in the app's settings, each from one source. Owns the sources and how
 * they are read; the protocol decides what a name means on the wire. Only data that a setting names is released.
 *
 *   const values = await releaseValues(db, user, { mail: 'email', uid: 'username', dept: 'attribute:department' })
 *   values.get('dept')   // ['Claims'], or undefined if the person has no value
 */
import { z } from 'zod'
import {
  type FindVerifiedContacts,
  isVerifiedAddress,
} from '../../identity/provisioning/verified-contacts.ts'
import {
  type Attributes,
  explainAttributeName,
  isListAttribute,
} from '../../identity/users/attributes.ts'
import type { Directory } from '../../identity/users/directory.ts'
import { createListAttributes, createListGroups } from '../../identity/users/directory-answers.ts'
import type { User } from '../../identity/users/user.ts'
import type { Queries } from '../../platform/storage/database.ts'

const plainSources = [
  'username',
  'displayName',
  'email',
  'verifiedEmail',
  'userId',
  'groups',
] as const
const attributePrefix = 'attribute:'

export type Source = (typeof plainSources)[number] | `${typeof attributePrefix}${string}`

/** The allowed sources, in words. */
export const sourceRule = `${plainSources.join(', ')} or ${attributePrefix}NAME`

export const sourceSchema = z.custom<Source>().superRefine((source, context) => {
  const message = explainSource(source)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})

function explainSource(source: unknown): string | undefined {
  if (typeof source !== 'string') return sourceRule
  if (plainSources.some((one) => one === source)) return undefined
  if (!source.startsWith(attributePrefix)) return sourceRule
  const wrong = explainAttributeName(source.slice(attributePrefix.length))
  return wrong === undefined ? undefined : `${attributePrefix}NAME, where NAME is ${wrong}`
}

/** Whether a source may have several values. On the wire it is a list, even of one value. */
export function isListSource(source: Source): boolean {
  return source === 'groups' || isListAttribute(source.slice(attributePrefix.length))
}

/** The source of each name. */
export type Release = Readonly<Record<string, Source>>

/** A schema for the settings of an app. `name`: the schema of a name in its protocol. */
export const createReleaseSchema = (name: z.ZodString) => z.record(name, sourceSchema)

/** What is known of a user without asking the directory. */
export type Person = Pick<User, 'id' | 'username' | 'displayName' | 'email' | 'managedBy'>

/** Returns values by name; names without a value are absent. Throws Fault `unavailable` when the directory is unavailable. */
export type ReleaseValues = (
  queries: Queries,
  user: Person,
  release: Release,
) => Promise<ReadonlyMap<string, readonly string[]>>

const noAttributes: Attributes = new Map()

/** A release, split by where its values are stored. */
interface Plan {
  readonly needsGroups: boolean
  readonly needsContacts: boolean
  /** Names with their sources that need no directory. */
  readonly plain: readonly (readonly [name: string, source: PlainSource])[]
  /** Names with their attributes. */
  readonly attributes: readonly (readonly [name: string, attribute: string])[]
}

type PlainSource = (typeof plainSources)[number]

const plans = new WeakMap<Release, Plan>()

function planRelease(release: Release): Plan {
  const known = plans.get(release)
  if (known !== undefined) return known
  const entries = Object.entries(release)
  const plain = entries.flatMap(([name, source]) => {
    const found = plainSources.find((one) => one === source)
    return found === undefined ? [] : [[name, found] as const]
  })
  const attributes = entries
    .filter(([, source]) => source.startsWith(attributePrefix))
    .map(([name, source]) => [name, source.slice(attributePrefix.length)] as const)
  const needs = (wanted: PlainSource) => plain.some(([, source]) => source === wanted)
  const plan = {
    ...{ needsGroups: needs('groups'), needsContacts: needs('verifiedEmail') },
    ...{ plain, attributes },
  }
  plans.set(release, plan)
  return plan
}

export function createReleaseValues(
  directory: Pick<Directory, 'listGroups' | 'listAttributes'>,
  findVerifiedContacts: FindVerifiedContacts,
): ReleaseValues {
  const listGroups = createListGroups(directory)
  const listAttributes = createListAttributes(directory)
  return async (queries, user, release) => {
    const plan = planRelease(release)
    const groups = plan.needsGroups ? await listGroups(queries, user.id) : []
    const needsAttributes = plan.attributes.length > 0
    const attributes = needsAttributes ? await listAttributes(queries, user.id) : noAttributes
    const contacts = plan.needsContacts ? await findVerifiedContacts(queries, user) : undefined
    const email = user.email === null ? [] : [user.email]
    const facts: Readonly<Record<PlainSource, readonly string[]>> = {
      username: [user.username],
      displayName: [user.displayName],
      email,
      verifiedEmail: email.filter(
        (address) => contacts !== undefined && isVerifiedAddress(contacts, address),
      ),
      userId: [user.id],
      groups,
    }
    return takeValues(plan, facts, attributes)
  }
}

/** Takes the values that exist. */
function takeValues(
  plan: Plan,
  facts: Readonly<Record<PlainSource, readonly string[]>>,
  attributes: Attributes,
): Map<string, readonly string[]> {
  const values = new Map<string, readonly string[]>()
  for (const [name, source] of plan.plain) {
    if (facts[source].length > 0) values.set(name, facts[source])
  }
  if (attributes.size === 0) return values
  for (const [name, attribute] of plan.attributes) {
    const found = attributes.get(attribute)
    if (found !== undefined && found.length > 0) values.set(name, found)
  }
  return values
}
