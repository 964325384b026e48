/** Rotates the signing keys of a server, and waits until it publishes the new ones: the module compares what it finds then. */
import { z } from 'zod'

const keysSchema = z.object({ keys: z.array(z.object({ kid: z.string() }).loose()) })

export interface RotateOptions {
  einlass(args: readonly string[]): Promise<unknown>
  readonly publicUrl: string
  readonly fetch: typeof fetch
  wait(milliseconds: number): Promise<void>
}

const mostTries = 120

export async function rotateKeys(options: RotateOptions): Promise<void> {
  const before = await readKeys(options)
  await options.einlass(['keys', 'rotate'])
  for (let tries = 0; tries < mostTries; tries += 1) {
    if ((await readKeys(options)) !== before) return
    await options.wait(500)
  }
  throw new Error('the server published no new key in a minute')
}

async function readKeys({ publicUrl, fetch: load }: RotateOptions): Promise<string> {
  const { keys } = keysSchema.parse(await (await load(`${publicUrl}/oidc/jwks`)).json())
  return keys.map(({ kid }) => kid).join()
}
