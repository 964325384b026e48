/**
 * Warns of certificates that expire soon: the one with which this server signs, and those of apps. Owns when a warning is
 * written: once a day for each certificate and node. Many relying parties ignore these dates, but the others refuse every
 * login.
 */
import { X509Certificate } from 'node:crypto'
import { hours, isOver } from '../../../platform/kernel/clock.ts'
import type { Metric, Sample } from '../../../platform/kernel/metric.ts'
import type { ProtocolHost } from '../protocol.ts'
import { endsSoon } from '../signing-certificate.ts'
import { findPublishedKeys } from '../signing-keys.ts'
import { readSettings } from './settings.ts'

/** Whose certificate it is: this server's, or an app's. */
type Owner = 'own' | 'app'

interface Ending {
  readonly owner: Owner
  readonly appId?: string
  readonly base64: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const warnEvery = hours(24)

export function createCertificateWatch({ apps, base }: Pick<ProtocolHost, 'apps' | 'base'>) {
  const { db, clock, log } = base
  const soonest = new Map<Owner, number>()
  const warned = new Map<string, number>()

  function warn({ owner, appId, base64, expiresAt }: Ending, now: number): void {
    if (!isOver(warned.get(base64) ?? Number.NEGATIVE_INFINITY, warnEvery, now)) return
    warned.set(base64, now)
    const facts = { appId, expiresAt: new Date(expiresAt).toISOString() }
    if (owner === 'app') log.warn(facts, 'A certificate of an app ends soon, or has ended.')
    else log.warn(facts, 'The certificate of this login ends soon: einlass keys rotate.')
  }

  return {
    async look(): Promise<void> {
      const now = clock.now()
      const all = [...(await listOwn(db, now)), ...(await listOfApps(apps, db))]
      soonest.clear()
      for (const one of all) {
        const least = soonest.get(one.owner) ?? Number.POSITIVE_INFINITY
        soonest.set(one.owner, Math.min(least, one.expiresAt))
        if (endsSoon(one.expiresAt, now)) warn(one, now)
      }
      const known = new Set(all.map(({ base64 }) => base64))
      for (const base64 of warned.keys()) if (!known.has(base64)) warned.delete(base64)
    },

    metric: {
      name: 'einlass_certificate_expires_seconds',
      type: 'gauge',
      help: 'Until the first certificate of SAML and WS-Federation ends; negative: it has ended.',
      read: (): Sample[] =>
        [...soonest].map(([of, expiresAt]) => ({
          labels: { of },
          value: Math.round((expiresAt - clock.now()) / 1000),
        })),
    } satisfies Metric,
  }
}

type Base = ProtocolHost['base']

/** The certificates that no other key replaces. */
async function listOwn(db: Base['db'], now: number): Promise<Ending[]> {
  const rows = await findPublishedKeys(db, 'saml', now)
  return rows.flatMap(({ certificate, retired_at }) =>
    certificate === null || retired_at !== null ? [] : readEnding(certificate, { owner: 'own' }),
  )
}

async function listOfApps(apps: ProtocolHost['apps'], db: Base['db']): Promise<Ending[]> {
  const all = (await apps.listReadable(db)).filter(({ protocol }) => protocol === 'saml')
  return all.flatMap((app) => {
    const { signingCertificates, encryptionCertificate } = readSettings(app)
    return [...signingCertificates, encryptionCertificate ?? []]
      .flat()
      .flatMap((base64) => readEnding(base64, { owner: 'app', appId: app.id }))
  })
}

/** Empty for a certificate that cannot be read: `einlass app test` reports it. */
function readEnding(base64: string, of: Pick<Ending, 'owner' | 'appId'>): Ending[] {
  try {
    const { validTo } = new X509Certificate(Buffer.from(base64, 'base64'))
    return [{ ...of, base64, expiresAt: Date.parse(validTo) }]
  } catch {
    return []
  }
}
