/** Sends events of the audit log as signed POSTs, several in each, see transport/post.ts. */
import { readFile } from 'node:fs/promises'
import type { StreamConfig } from '../../../platform/config/audit-receivers.ts'
import type { Clock } from '../../../platform/kernel/clock.ts'
import type { Refusal, StreamReceiver } from '../../audit/stream/stream.ts'
import { postSigned } from '../transport/post.ts'
import { describeReason } from '../transport/reason.ts'

export type WebhookStreamConfig = Extract<StreamConfig, { kind: 'webhook' }>

export interface WebhookReceiverOptions {
  readonly config: WebhookStreamConfig
  /** An origin. */
  readonly publicUrl: string
  readonly clock: Clock
  readonly fetch: typeof fetch
}

export function createWebhookReceiver(options: WebhookReceiverOptions): StreamReceiver {
  const { config, publicUrl } = options
  const { name: receiver, types } = config
  return {
    name: receiver,
    types,
    deliver: (events) =>
      postTo(
        options,
        JSON.stringify({ type: 'audit_events', installation: publicUrl, receiver, events }),
      ),
  }
}

/** Posts to a receiver of this configuration. Reads a secret in a file anew each time, so that it may be replaced. */
export async function postTo(
  { config, clock, fetch }: Omit<WebhookReceiverOptions, 'publicUrl'>,
  body: string,
): Promise<Refusal | undefined> {
  const { url, secret, secret_file: file } = config
  try {
    const read = secret ?? (await readFile(file ?? '', 'utf8')).replace(/\r?\n$/, '')
    if (read.length < 16) return { reason: 'secret_file: fewer than 16 characters' }
    return await postSigned({ url, secret: read, clock, fetch }, body)
  } catch (error) {
    return { reason: `secret_file: ${describeReason(error)}` }
  }
}
