import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

test('the list of protocols loads no library of a protocol, because every command reads the list', async () => {
  const list = resolve(import.meta.dirname, 'index.ts')
  const script = `
    import { registerHooks } from 'node:module'
    const packages = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        if (!/^(node:|file:|[./#])/.test(specifier) && context.parentURL?.includes('/src/')) {
          packages.add(specifier)
        }
        return next(specifier, context)
      },
    })
    await import(${JSON.stringify(list)})
    console.log([...packages].sort().join(' '))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script])
  const loaded = stdout.trim().split(' ')
  assert.ok(loaded.includes('zod'))
  assert.deepEqual(
    loaded.filter((name) => !/^(zod|kysely|hono\/)/.test(name)),
    [],
  )
})
