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
  /** Without values that apps cannot get. The log names the attribute. */
  listAttributes(person: Pick<FoundPerson, 'entryId'>, entry: Entry): Attributes
}

const mostLogged = 1000

const nameAttributes = ['displayName', 'cn', 'mail']

export function createDetails({ config, dialect, connections, log }: DetailsOptions): Details {
  const appAttributes = { ...dialect.appAttributes, ...config.attributes }
  const all = [...nameAttributes, ...dialect.furtherAttributes, ...Object.values(appAttributes)]

  /** What is in the log already, as each login and each look-up reads it again. */
  const logged = new Set<string>()

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
    listAttributes({ entryId }, entry) {
      const { attributes, omitted } = listAttributes(entry, appAttributes, dialect)
      for (const [attribute, allowed] of omitted) {
        const mark = `${entryId} ${attribute}`
        if (logged.has(mark) || logged.size > mostLogged) continue
        logged.add(mark)
        const facts = { directory: config.name, entryId, attribute, allowed }
        log.warn(facts, 'an attribute of a person is left out, because of its values')
      }
      return attributes
    },
  }
}

/** Leaves out attributes that are invalid for apps, because nobody here can correct them. */
function listAttributes(
  entry: Entry,
  names: Readonly<Record<string, string>>,
  dialect: Dialect,
): { readonly attributes: Attributes; readonly omitted: ReadonlyMap<string, string> } {
  const read = Object.entries(names).map(([name, attribute]) => {
    const values = readTexts(entry, attribute).filter((value) => value.trim() !== '')
    return [name, isListAttribute(name) || isOwnName(name) ? values : values.slice(0, 1)] as const
  })
  const attributes = new Map<string, readonly string[]>()
  const omitted = new Map<string, string>()
  for (const [name, values] of [...read, ...dialect.listFurtherAttributes(entry)]) {
    if (values.length === 0) continue
    const wrong = explainAttributeName(name) ?? explainAttributeValues(name, values)
    if (wrong === undefined) attributes.set(name, values)
    else omitted.set(name, wrong)
  }
  return { attributes, omitted }
}

/** An attribute name of the configuration may have several values. */
const isOwnName = (name: string): boolean => explainAttributeValues(name, ['a', 'b']) === undefined
