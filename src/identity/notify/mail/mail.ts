/**
 * Mail, put together from the configuration: notices, and the worker that sends them. Without `mail` in the
 * configuration, notices go nowhere.
 */
import type { Config } from '../../../platform/config/schema.ts'
import { createPlaces } from '../../../platform/http/client.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Keyring } from '../../../platform/kernel/keyring.ts'
import type { Log } from '../../../platform/kernel/log.ts'
import type { Random } from '../../../platform/kernel/random.ts'
import type { Database } from '../../../platform/storage/database.ts'
import { findTimeZone } from '../../../platform/ui/translate.ts'
import type { Notify } from '../notice.ts'
import { createNotify, type MailVoice, notifyNobody } from './notify.ts'
import { createMailQueue, createMailWorker, type MailWorker } from './queue.ts'

export interface NotifyFromConfig {
  readonly config: Config
  readonly publicUrl: string | undefined
  readonly clock: Clock
  readonly random: Random
  /** Seals mails that contain a secret; absent where no such mail is written. */
  readonly keyring?: Keyring
  readonly log: Log
  readonly findUser: Parameters<typeof createNotify>[0]['findUser']
}

/** Queues notices for the server to send; without `mail` in the configuration it queues none. */
export function openNotify(options: NotifyFromConfig): Notify {
  const { config, publicUrl } = options
  if (config.mail === undefined) return notifyNobody
  const queue = createMailQueue({ ...options, domain: readDomain(config.mail.from) })
  return createNotify({ ...options, voice: readVoice(config, publicUrl), queue })
}

/** Sends queued mails. `undefined` without `mail` in the configuration. */
export async function openMailWorker(options: {
  readonly config: Config
  readonly db: Database
  readonly clock: Clock
  readonly keyring: Keyring
  readonly log: Log
}): Promise<MailWorker | undefined> {
  const { config } = options
  const { mail, brand } = config
  if (mail === undefined) return undefined
  // A server that sends no mails does not load this: loading makes its start longer.
  const { createSmtpTransport } = await import('./transport.ts')
  const transport = createSmtpTransport({ mail, brandName: brand.name })
  return createMailWorker({ ...options, transport })
}

export function readVoice(config: Config, publicUrl: string | undefined): MailVoice {
  const findNames = createPlaces(config.networks)
  return {
    brand: config.brand,
    publicUrl,
    timeZone: findTimeZone(config),
    defaultLanguage: config.default_language,
    findPlace: (address, language) => findNames(address)?.[language],
  }
}

/** The part of an address after the `@`, for Message-IDs. */
export function readDomain(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
