/** Finds SAML apps by their names, with their settings and keys. */
import type { KeyObject } from 'node:crypto'
import { readCertificate } from '#saml'
import type { App } from '../../../identity/apps/apps.ts'
import type { ProtocolHost } from '../protocol.ts'
import { readSettings, type SamlAppSettings } from './settings.ts'

export interface FoundApp {
  readonly app: App
  readonly settings: SamlAppSettings
  /** The keys with which the app signs. */
  readonly keys: readonly KeyObject[]
}

export interface SamlApps {
  findById(id: string): Promise<FoundApp | undefined>
  findByEntityId(entityId: string | undefined): Promise<FoundApp | undefined>
}

export function createSamlApps({ apps, base }: Pick<ProtocolHost, 'apps' | 'base'>): SamlApps {
  const keysByText = new Map<string, KeyObject>()
  const readKey = (text: string): KeyObject => {
    const known = keysByText.get(text)
    if (known !== undefined) return known
    if (keysByText.size > 1000) keysByText.clear()
    const { publicKey } = readCertificate(text)
    keysByText.set(text, publicKey)
    return publicKey
  }
  const read = (app: App): FoundApp => {
    const settings = readSettings(app)
    return { app, settings, keys: settings.signingCertificates.map(readKey) }
  }
  return {
    async findById(id) {
      const app = await apps.find(base.db, id)
      return app?.protocol === 'saml' ? read(app) : undefined
    },
    async findByEntityId(entityId) {
      if (entityId === undefined) return undefined
      const app = await apps.findByIdentifier(base.db, 'saml', entityId)
      return app?.settings.entityId === entityId ? read(app) : undefined
    },
  }
}
