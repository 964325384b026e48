// The address and credentials of a push service of the measurement, as text for another process.

import type { VapidKeys } from '../../src/platform/web-push/vapid-keys.ts'

export type WhereSns = {
  name: 'sns'
  origin: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  application: string
  /** The endpoint of the phone. */
  arn: string
}

export type WhereFcm = {
  name: 'fcm'
  origin: string
  account: {
    projectId: string
    clientEmail: string
    keyId: string
    tokenUri: string
    /** PEM. */
    privateKey: string
  }
  /** An access token that the service accepts. */
  bearer: string
}

export type WhereApns = {
  name: 'apns'
  origin: string
  ca: string
  /** PEM. */
  privateKey: string
  keyId: string
  teamId: string
  topic: string
}

export type WhereWebPush = {
  name: 'webpush'
  origin: string
  ca: string
  keys: VapidKeys
  subscription: string
}

export type Where = WhereSns | WhereFcm | WhereApns | WhereWebPush

export type Settings = { where: Where; side: 'sender' | 'bare'; seconds: number }

/** Messages handed over, and the CPU seconds that they took. */
export type Spent = { sent: number; cpuSeconds: number }
