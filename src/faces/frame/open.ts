/** The frame of all pages, put together from the configuration. */

import type { Config } from '../../platform/config/schema.ts'
import { createCookies } from '../../platform/http/cookies.ts'
import { createFormTokens } from '../../platform/http/form-token.ts'
import type { Keyring } from '../../platform/kernel/keyring.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Random } from '../../platform/kernel/random.ts'
import type { Assets } from '../../platform/ui/assets.ts'
import type { Brand } from '../../platform/ui/brand.ts'
import { createLayout } from '../../platform/ui/layout.ts'
import { findTimeZone } from '../../platform/ui/translate.ts'
import type { ContextOptions } from './context.ts'
import { createFrame, type Frame } from './frame.ts'
import { createSealedCookies } from './sealed-cookies.ts'

export interface OpenFrameOptions {
  readonly config: Config
  /** An origin. */
  readonly publicUrl: string
  readonly brand: Brand
  readonly assets: Assets
  readonly keyring: Keyring
  readonly random: Random
  readonly log: Log
  readonly findSession: ContextOptions['findSession']
}

export function openFrame(options: OpenFrameOptions): Frame {
  const { config, publicUrl, brand, assets, keyring } = options
  const secure = publicUrl.startsWith('https:')
  const cookies = createCookies({ secure })
  return createFrame({
    ...options,
    secure,
    layout: createLayout({ brand, assets, timeZone: findTimeZone(config) }),
    cookies,
    sealedCookies: createSealedCookies(cookies, keyring),
    formTokens: createFormTokens({ key: keyring.deriveInEpoch('form tokens'), publicUrl }),
    trustedProxies: config.trusted_proxies,
    networks: config.networks,
    asksForTickets: config.kerberos !== undefined,
    defaultLanguage: config.default_language,
  })
}
