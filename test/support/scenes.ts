/** Every page in every state, with plain data: for the gallery and for the tests of the pages. */
import { factorScripts } from '../../src/login/factors/index.ts'
import { loadAssets } from '../../src/platform/ui/assets.ts'
import type { Language } from '../../src/platform/ui/language.ts'
import { createLayout, type RenderedDocument } from '../../src/platform/ui/layout.ts'
import { accountScenes } from './account-scenes.ts'
import { authenticatorScenes } from './authenticator-scenes.ts'
import { factorScenes } from './factor-scenes.ts'
import { firstFactorScenes } from './first-factor-scenes.ts'
import { loginScenes } from './login-scenes.ts'
import { pageScenes } from './page-scenes.ts'
import { protocolScenes } from './protocol-scenes.ts'
import { pushScenes } from './push-scenes.ts'
import { resetScenes } from './reset-scenes.ts'
import { brand, type Scene } from './scene.ts'

export const scenes: readonly Scene[] = [
  ...loginScenes,
  ...firstFactorScenes,
  ...factorScenes,
  ...authenticatorScenes,
  ...pushScenes,
  ...pageScenes,
  ...resetScenes,
  ...protocolScenes,
  ...accountScenes,
]

/** The whole document of a scene. */
export function renderScene(scene: Scene, language: Language): RenderedDocument {
  const ofBrand = scene.brand ?? brand
  const layout = createLayout({ brand: ofBrand, assets: loadAssets(ofBrand, factorScripts) })
  const t = layout.translator(language)
  return layout.renderDocument(scene.page(t), { t, path: '/login?app=webmail' })
}

/** As strict as that of a server, and no script may make markup out of text. */
export const policyOf = ({ cspStyleHashes, cspScriptHashes }: RenderedDocument): string => {
  const quoted = (hashes: readonly string[]) => hashes.map((hash) => `'${hash}'`).join(' ')
  return [
    "default-src 'none'",
    `style-src ${quoted(cspStyleHashes)}`,
    `script-src ${quoted(cspScriptHashes) || "'none'"}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}
