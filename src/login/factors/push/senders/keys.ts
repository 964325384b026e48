/**
 * Reads the keys of providers from the files that the configuration names. Owns the format of each file. A mistake says what
 * is wrong with a file and never quotes it.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Config } from '../../../../platform/config/schema.ts'
import { readVapidKeys, type VapidKeys } from '../../../../platform/web-push/vapid-keys.ts'
import { parseJson } from '../../approval/sending/replies.ts'

type SendersConfig = Config['push']['senders']

/** Reads a text file; throws when it cannot. */
export type ReadFile = (path: string) => string

export interface ServiceAccount {
  readonly projectId: string
  readonly clientEmail: string
  readonly keyId: string
  /** RSA. */
  readonly privateKey: KeyObject
  /** The URL of the token endpoint. */
  readonly tokenUri: string
}

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The keys of the configured senders, read from files. */
export interface SenderKeys {
  /** Absent also when the credentials come from the environment of the process. */
  readonly sns?: AccessKey
  readonly fcm?: ServiceAccount
  /** EC on P-256. */
  readonly apns?: KeyObject
  readonly webpush?: VapidKeys
}

export interface KeyMistake {
  /** For example `push.senders.apns.key_file`. */
  readonly path: string
  readonly found: string
  readonly allowed: string
}

export type KeysReading =
  | { readonly type: 'ok'; readonly keys: SenderKeys }
  | { readonly type: 'mistakes'; readonly mistakes: readonly KeyMistake[] }

/** Reads every key that the configuration names. Collects all mistakes instead of stopping at the first. */
export function readSenderKeys(config: SendersConfig, readFile: ReadFile): KeysReading {
  const mistakes: KeyMistake[] = []

  function read<Key>(name: string, path: string, kind: Kind<Key>): Key | undefined {
    let text: string
    const mistake = { path: `push.senders.${name}`, allowed: kind.allowed }
    try {
      text = readFile(path)
    } catch {
      mistakes.push({ ...mistake, found: 'a file that cannot be read' })
      return undefined
    }
    const key = kind.parse(text.trim())
    if (key === undefined) mistakes.push({ ...mistake, found: 'a file of another kind' })
    return key
  }

  const { sns, fcm, apns, webpush } = config
  const secret =
    sns?.secret_access_key_file === undefined
      ? undefined
      : read('sns.secret_access_key_file', sns.secret_access_key_file, awsSecret)
  const account = fcm && read('fcm.service_account_file', fcm.service_account_file, serviceAccount)
  const apnsKey = apns && read('apns.key_file', apns.key_file, apnsPrivateKey)
  const vapid = webpush && read('webpush.private_key_file', webpush.private_key_file, vapidKeys)
  if (mistakes.length > 0) return { type: 'mistakes', mistakes }
  const accessKeyId = sns?.access_key_id
  const keys = {
    ...(secret !== undefined &&
      accessKeyId !== undefined && { sns: { accessKeyId, secretAccessKey: secret } }),
    ...(account !== undefined && { fcm: account }),
    ...(apnsKey !== undefined && { apns: apnsKey }),
    ...(vapid !== undefined && { webpush: vapid }),
  }
  return { type: 'ok', keys }
}

interface Kind<Key> {
  readonly allowed: string
  parse(text: string): Key | undefined
}

const awsSecret: Kind<string> = {
  allowed: 'a file with the secret access key and nothing else',
  parse: (text) => (/^[\x21-\x7e]{16,256}$/.test(text) ? text : undefined),
}

const serviceAccountSchema = z
  .object({
    type: z.literal('service_account'),
    project_id: z.string().regex(/^[\w.:-]{1,100}$/),
    private_key_id: z.string().min(1),
    private_key: z.string().min(1),
    client_email: z.string().min(1),
    token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
  })
  .transform((account, context) => {
    const privateKey = readPrivateKey(account.private_key)
    if (privateKey?.asymmetricKeyType === 'rsa') return { ...account, privateKey }
    context.addIssue({ code: 'custom', message: 'an RSA key', input: undefined })
    return z.NEVER
  })

const serviceAccount: Kind<ServiceAccount> = {
  allowed: 'the JSON file of a service account, as the Firebase console gives it',
  parse(text) {
    const reading = serviceAccountSchema.safeParse(parseJson(text))
    if (!reading.success) return undefined
    const { data } = reading
    return {
      projectId: data.project_id,
      clientEmail: data.client_email,
      keyId: data.private_key_id,
      privateKey: data.privateKey,
      tokenUri: data.token_uri,
    }
  },
}

const apnsPrivateKey: Kind<KeyObject> = {
  allowed: 'the .p8 file of an APNs authentication key',
  parse(text) {
    const key = readPrivateKey(text)
    return key?.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
  },
}

const vapidKeys: Kind<VapidKeys> = {
  allowed: 'a file with a private VAPID key: 32 bytes in base64url',
  parse: readVapidKeys,
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

/** Lists what is wrong with the files that the configuration names; empty when a server can start. */
export function validateSenders(config: SendersConfig, readFile: ReadFile): readonly KeyMistake[] {
  const reading = readSenderKeys(config, readFile)
  return reading.type === 'ok' ? [] : reading.mistakes
}
