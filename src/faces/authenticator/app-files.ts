/**
 * The files of the phone's app as browsers get them: the TypeScript of `packages/authenticator` as a few scripts, the style,
 * the page and the service worker. Made at the first request and then stored in memory. Each path contains a hash of all files,
 * so a browser never mixes two versions. The page contains the version, so its hash covers everything.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import { extname, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { iconSheet } from '#authenticator-app'
import { compactScript } from '../../platform/ui/assets.ts'
import { type Brand, derivePalettes, type Palette } from '../../platform/ui/brand.ts'
import { html, trustedHtml } from '../../platform/ui/html.ts'
import { drawIcon, iconSizes } from './app-icon.ts'
import { createClassicScript, createScripts } from './bundle.ts'

export interface AppFile {
  readonly mediaType: string
  readonly body: string | Uint8Array
  /** The same as gzip; absent if gzip is not smaller. */
  readonly packed?: Uint8Array
  /** The path contains the hash of the content. */
  readonly isImmutable: boolean
}

export interface AppFiles {
  /** `undefined`: there is no such file. */
  find(pathname: string): AppFile | undefined
}

const folder = resolve(import.meta.dirname, '../../../packages/authenticator')
const base = '/authenticator'
const script = 'text/javascript; charset=utf-8'

/** The library that draws QR codes, and reads them if the browser cannot. Browsers load it at first use. */
const library = { name: 'qr/decode.js', files: ['decode.js', 'index.js'] } as const

/** What the first screen needs in addition to the first script: opening of links, which a phone does first, and the words. */
const earlyScripts = ['link.js', 'german.js', 'english.js'] as const

/** @param peers origins of other servers that the app may talk to */
export async function loadAppFiles(brand: Brand, peers: readonly string[] = []): Promise<AppFiles> {
  const modules = await readModules()
  const style = `${createColours(brand)}${readFileSync(resolve(folder, 'app/style.css'), 'utf8')}`
  const contents = new Map([
    ...createScripts(modules, 'app/main.ts'),
    ...readLibrary(),
    ['style.css', style],
  ])
  const version = createVersion([...contents.values()])
  const address = (name: string) => `${base}/app/${version}/${name}`
  const page = createPage(brand, address, peers)
  const files = new Map<string, AppFile>()
  for (const [name, body] of contents) {
    const mediaType = extname(name) === '.css' ? 'text/css; charset=utf-8' : script
    files.set(address(name), { mediaType, body, packed: gzipSync(body), isImmutable: true })
  }
  const add = (path: string, mediaType: string, body: AppFile['body']) => {
    const packed = typeof body === 'string' && { packed: gzipSync(body) }
    files.set(`${base}${path}`, { mediaType, body, ...packed, isImmutable: false })
  }
  add('', 'text/html; charset=utf-8', page)
  add('/manifest.webmanifest', 'application/manifest+json', createManifest(brand))
  const listed = {
    version: createVersion([page]),
    files: [...contents.keys()].map(address),
    page: base,
  }
  add(
    '/worker.js',
    script,
    `self.einlass = ${JSON.stringify(listed)}\n${createClassicScript(modules, 'app/worker.ts')}`,
  )
  for (const size of iconSizes) add(`/icon-${size}.png`, 'image/png', drawIcon(size, brand.colour))
  return { find: (pathname) => files.get(pathname) }
}

/** The modules by their paths in the package, without types. */
async function readModules(): Promise<Map<string, string>> {
  const paths = await Array.fromAsync(glob('{app,device,protocol}/**/*.ts', { cwd: folder }))
  const wanted = paths.filter((path) => !/(\.test|index|icons)\.ts$/.test(path))
  const modules = new Map<string, string>()
  for (const path of wanted.sort()) {
    const text = readFileSync(resolve(folder, path), 'utf8')
    const plain = compactScript(stripTypeScriptTypes(text))
    // A file that contains only types is never requested.
    if (plain.trim() === '') continue
    modules.set(path, replaceLibrary(plain))
  }
  return modules
}

/** A browser cannot find the library by its package name. */
function replaceLibrary(code: string): string {
  const [reads, draws] = library.files.map((file) => `import('./${file}')`)
  return code.replace(`import('${library.name}')`, `${reads}`).replace("import('qr')", `${draws}`)
}

function readLibrary(): [string, string][] {
  const require = createRequire(import.meta.url)
  const first = require.resolve(library.name)
  return library.files.map((file) => [
    file,
    readFileSync(first.replace(library.files[0], file), 'utf8'),
  ])
}

const createVersion = (contents: readonly string[]): string =>
  createHash('sha256').update(contents.join('\0')).digest('base64url').slice(0, 16)

function createPage(
  brand: Brand,
  address: (name: string) => string,
  peers: readonly string[],
): string {
  const { light, dark } = derivePalettes(brand)
  return html`<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<title>Einlass Authenticator</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="theme-color" content="${light.ground}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="${dark.ground}" media="(prefers-color-scheme: dark)">
<meta name="apple-mobile-web-app-title" content="Einlass">
<link rel="manifest" href="${base}/manifest.webmanifest">
<link rel="icon" href="${base}/icon-192.png">
<link rel="apple-touch-icon" href="${base}/icon-180.png">
<link rel="stylesheet" href="${address('style.css')}">
${earlyScripts.map((name) => html`<link rel="modulepreload" href="${address(name)}">`)}
<script type="module" src="${address('main.js')}"></script>
</head>
<body>
${trustedHtml(iconSheet)}
<main data-peers="${peers.join(' ')}">
<noscript><h1>Einlass Authenticator</h1>
<p lang="de">Die App braucht JavaScript. Erlauben Sie es in den Einstellungen des Browsers.</p>
<p lang="en">The app needs JavaScript. Allow it in the settings of the browser.</p></noscript>
</main>
</body>
</html>
`.toString()
}

function createManifest(brand: Brand): string {
  const { light } = derivePalettes(brand)
  return JSON.stringify({
    id: base,
    name: 'Einlass Authenticator',
    short_name: 'Einlass',
    start_url: base,
    scope: base,
    display: 'standalone',
    orientation: 'portrait',
    background_color: light.ground,
    theme_color: light.ground,
    icons: iconSizes.map((size) => ({
      src: `${base}/icon-${size}.png`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      purpose: 'any maskable',
    })),
  })
}

function createColours(brand: Brand): string {
  const { light, dark } = derivePalettes(brand)
  const list = (palette: Palette) =>
    Object.entries(palette)
      .map(([name, value]) => `--${name}:${value}`)
      .join(';')
  const radius = `--radius:${brand.cornerRadius}px`
  return `:root{color-scheme:light dark;${list(light)};${radius}}
@media (prefers-color-scheme:dark){:root{${list(dark)}}}
`
}
