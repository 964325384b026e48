/** Reads the settings of an app from the app's own document, such as its metadata, in a file or at an address. */
import type { AppDocument, Protocol, ReadDocument } from '../faces/protocols/protocol.ts'
import { appAddressSchema, asciiRule, isAsciiAddress } from '../identity/apps/app-address.ts'
import type { AppSettings } from '../identity/apps/app-protocol.ts'
import { createGuardedFetch } from '../platform/http/guarded-fetch.ts'
import { authorityAdvice, explainSilence } from '../platform/http/silence.ts'
import { unreadableText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { Typed } from './app-settings.ts'
import type { Option, Options } from './command.ts'

/** The options for documents of `app add`, for all protocols that have documents. */
export function createDocumentOptions(protocols: readonly Protocol[]): Options {
  const options = listDocuments(protocols).map(({ option, help, heading }): [string, Option] => [
    option,
    { type: 'string', value: 'FILE|URL', help, heading },
  ])
  return Object.fromEntries(options)
}

/** The options for documents of `app change`. */
export function createDocumentChangeOptions(protocols: readonly Protocol[]): Options {
  const withdrawals = listDocuments(protocols).map(({ option, heading }): [string, Option] => [
    `no-${option}`,
    { type: 'boolean', help: `Do not fetch again what --${option} named`, heading },
  ])
  return { ...createDocumentOptions(protocols), ...Object.fromEntries(withdrawals) }
}

const listDocuments = (
  protocols: readonly Protocol[],
): (AppDocument & { readonly heading: string })[] =>
  protocols.flatMap(({ document, words: { heading } }) =>
    document === undefined ? [] : [{ ...document, heading }],
  )

/** What a document says, and where it comes from. Throws Fault `bad_request`. */
export type ReadTypedDocument = (settings: AppSettings) => ReadDocument

/** Fetches the document that was typed. `undefined`: no document was typed. Throws Fault `bad_request`. */
export async function fetchDocument(
  protocols: readonly Protocol[],
  typed: Typed,
  io: Pick<Io, 'readFile'>,
): Promise<ReadTypedDocument | undefined> {
  const all = listDocuments(protocols)
  const withdrawn = all.find(({ option }) => typed[`no-${option}`] === true)
  const document = all.find(({ option }) => typed[option] !== undefined)
  if (document === undefined) {
    return withdrawn && (() => ({ settings: { [withdrawn.addressSetting]: undefined } }))
  }
  const { option, addressSetting } = document
  if (withdrawn !== undefined) {
    throw new Fault('bad_request', `--no-${option} and --${option} exclude each other.`)
  }
  const place = `${typed[option]}`
  const isAddress = /^https?:/i.test(place)
  const text = isAddress ? await fetchText(option, place) : readText(io, place)
  return (settings) => {
    const read = document.read(text, settings)
    const address = isAddress ? place : undefined
    return { ...read, settings: { ...read.settings, [addressSetting]: address } }
  }
}

function readText({ readFile }: Pick<Io, 'readFile'>, file: string): string {
  try {
    return readFile(file)
  } catch (cause) {
    throw new Fault('bad_request', `${file}: ${unreadableText(cause, file)}.`, { cause })
  }
}

/** An operator may fetch from any network; the limits of such a request still apply. */
async function fetchText(option: string, address: string): Promise<string> {
  if (!appAddressSchema.safeParse(address).success) {
    const rule = isAsciiAddress(address)
      ? 'an https address is needed; http only on a loopback host'
      : `needed is ${asciiRule}`
    throw new Fault('bad_request', `${address}: ${rule}.`)
  }
  const fetchGuarded = createGuardedFetch({ networks: ['0.0.0.0/0', '::/0'] })
  const response = await fetchGuarded(address).catch((cause: unknown) => {
    const { why, isCertificate } = explainSilence(cause, new URL(address))
    const help = isCertificate ? `${authorityAdvice} Or give` : 'Or give'
    throw new Fault(
      'bad_request',
      `${address}: it cannot be fetched: ${why}. ${help} the document as a file: --${option} FILE`,
      { cause },
    )
  })
  if (response.ok) return await response.text()
  throw new Fault('bad_request', `${address}: it answered with the status ${response.status}.`)
}
