// An app that runs in the browser: serves one page for all paths, and the script of a library put together for it.

import { build } from 'esbuild'
import { clientId, issuer, origin, serve } from './environment.js'

/** @param file of the script */
export const startBrowserApp = async (file) => {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/${file}`],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    define: { settings: JSON.stringify({ clientId, issuer, origin }) },
  })
  const script = outputFiles[0].text
  const page =
    '<!doctype html><html lang="en"><title>App</title><app-root></app-root><script type="module" src="/app.js"></script></html>'
  serve((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    // The browser then keeps it compiled as well.
    if (isScript) response.setHeader('cache-control', 'max-age=3600')
    response.end(isScript ? script : page)
  })
}
