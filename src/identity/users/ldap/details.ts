/**
 * The facts that Einlass stores about a person beside their groups: names, address, attributes for apps. Owns that they
 * are read only after a right password, because anybody may type any name, and that an entry with too much data does not
 * stop a login.
 */
import type { Entry } from 'ldapts'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import {
  type Attributes,
  explainAttributeName,
  explainAttributeValues,
  isListAttribute,
} from '../attributes.ts'
import { type Connections, QuestionFailed } from './connections.ts'
import type { Dialect } from './dialect.ts'
import { readTexts } from './entry.ts'
import type { FoundPerson } from './people.ts'

export interface DetailsOptions {
  readonly config: DirectoryConfig
  readonly dialect: Dialect
  readonly connections: Connections
  readonly log: Log
}

export interface Details {
  /**
   * The entry with names, address and attributes. If it is too long, it is read without attributes; if that is still too
   * long, also without names. Throws as `connections.run` does.
   */
  read(person: Pick<FoundPerson, 'dn' | 'entryId' | 'entry'>): Promise<Entry>
  listAttributes(entry: Entry): Attributes
}

const nameAttributes = ['displayName', 'cn', 'mail']

export function createDetails({ config, dialect, connections, log }: DetailsOptions): Details {
  const appAttributes = { ...dialect.appAttributes, ...config.attributes }
  const all = [...nameAttributes, ...dialect.furtherAttributes, ...Object.values(appAttributes)]

  async function readEntry(
    { dn, entryId }: Pick<FoundPerson, 'dn' | 'entryId'>,
    attributes: readonly string[],
  ): Promise<Entry> {
    const { searchEntries } = await connections.run((client, ldap) =>
      client.search(dn, {
        ...{ scope: 'base', filter: dialect.hasEntryId(ldap, entryId) },
        attributes: [...new Set(attributes)],
        explicitBufferAttributes: [...dialect.binaryAttributes],
      }),
    )
    const [entry] = searchEntries
    if (entry === undefined) throw new QuestionFailed('the entry was moved meanwhile', false)
    return entry
  }

  return {
    async read(person) {
      for (const attributes of [all, nameAttributes]) {
        try {
          return { ...person.entry, ...(await readEntry(person, attributes)) }
        } catch (error) {
          if (!(error instanceof QuestionFailed) || !error.isTooLong) throw error
          const { name: directory } = config
          log.warn({ directory, entryId: person.entryId }, 'an entry is too long to be read')
        }
      }
      return { ...person.entry }
    },
    listAttributes: (entry) => listAttributes(entry, appAttributes, dialect),
  }
}

/** Leaves out attributes that are invalid for apps, because nobody here can correct them. */
function listAttributes(
  entry: Entry,
  names: Readonly<Record<string, string>>,
  dialect: Dialect,
): Attributes {
  const read = Object.entries(names).map(([name, attribute]) => {
    const values = readTexts(entry, attribute).filter((value) => value.trim() !== '')
    return [name, isListAttribute(name) || isOwnName(name) ? values : values.slice(0, 1)] as const
  })
  return new Map(
    [...read, ...dialect.listFurtherAttributes(entry)].filter(
      ([name, values]) =>
        values.length > 0 &&
        explainAttributeName(name) === undefined &&
        explainAttributeValues(name, values) === undefined,
    ),
  )
}

/** An attribute name of the configuration may have several values. */
const isOwnName = (name: string): boolean => explainAttributeValues(name, ['a', 'b']) === undefined
