/** The settings of an app from a document of its own, such as its metadata, from a file or an address. */
import type { AppDocument, Protocol } from '../faces/protocols/protocol.ts'
import { appAddressSchema } from '../identity/apps/app-address.ts'
import { createGuardedFetch } from '../platform/http/guarded-fetch.ts'
import { deniedText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import type { Io } from '../platform/kernel/io.ts'
import type { Typed } from './app-settings.ts'
import type { Option } from './command.ts'

/** The options for documents, of all protocols that have them. */
export function createDocumentOptions(
  protocols: readonly Protocol[],
): Readonly<Record<string, Option>> {
  return Object.fromEntries(
    protocols.flatMap(({ document }): [string, Option][] =>
      document === undefined
        ? []
        : [[document.option, { type: 'string', value: 'FILE|URL', help: document.help }]],
    ),
  )
}

/** What the document that was typed says. Undefined: none was typed. Throws Fault `bad_request`. */
export async function readDocument(
  protocols: readonly Protocol[],
  typed: Typed,
  io: Pick<Io, 'readFile'>,
): Promise<ReturnType<AppDocument['read']> | undefined> {
  const document = protocols
    .flatMap((one) => one.document ?? [])
    .find(({ option }) => typed[option] !== undefined)
  if (document === undefined) return undefined
  const place = `${typed[document.option]}`
  const text = /^https?:/i.test(place) ? await fetchText(place) : readText(io, place)
  return document.read(text)
}

function readText({ readFile }: Pick<Io, 'readFile'>, file: string): string {
  try {
    return readFile(file)
  } catch (cause) {
    throw new Fault('bad_request', `${file}: ${deniedText(cause) ?? 'it cannot be read'}.`, {
      cause,
    })
  }
}

/** An operator may fetch from any network; the limits of such a request stay. */
async function fetchText(address: string): Promise<string> {
  if (!appAddressSchema.safeParse(address).success) {
    throw new Fault(
      'bad_request',
      `${address}: an https address is needed; http only on a loopback host.`,
    )
  }
  const fetchGuarded = createGuardedFetch({ networks: ['0.0.0.0/0', '::/0'] })
  const response = await fetchGuarded(address).catch((cause: unknown) => {
    throw new Fault('bad_request', `${address}: it cannot be fetched.`, { cause })
  })
  if (response.ok) return await response.text()
  throw new Fault('bad_request', `${address}: it answered with the status ${response.status}.`)
}
