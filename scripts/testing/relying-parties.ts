// Third-party libraries that scenarios use as apps. They have their own lock file, so that none of them becomes a dependency of
// the product, and are installed once for each version of that file.

import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import type { Results } from './results.ts'
import { execute } from './steps.ts'

const programs = 'test/relying-parties'

/** Whether one of these test files needs them. */
export const needRelyingParties = (files: readonly string[]): boolean =>
  files.some((file) => /\/relying-party-[^/]*\.test\.ts$/.test(file))

/**
 * Installs what is missing, and lets test/relying-parties find it. The folder with the files is outside the sources, because
 * many checks read every source file.
 */
export const installRelyingParties = async (folder: string): Promise<Results> => {
  const own = resolve(folder, programs)
  const lock = await readFile(join(own, 'package-lock.json'))
  const version = createHash('sha256').update(lock).digest('hex').slice(0, 16)
  const cache = resolve(folder, 'node_modules/.cache')
  const target = join(cache, `relying-parties-${version}`)
  const isThere = await readFile(join(target, 'package-lock.json')).then(
    () => true,
    () => false,
  )
  if (!isThere) {
    const failure = await install(own, cache, target)
    if (failure !== undefined) return { passed: 0, failures: [failure] }
  }
  const link = join(own, 'node_modules')
  await rm(link, { recursive: true, force: true })
  await symlink(relative(own, join(target, 'node_modules')), link)
  return { passed: 0, failures: [] }
}

const install = async (own: string, cache: string, target: string) => {
  await mkdir(cache, { recursive: true })
  const made = await mkdtemp(join(cache, 'relying-parties-new-'))
  try {
    for (const name of ['package.json', 'package-lock.json']) {
      await copyFile(join(own, name), join(made, name))
    }
    // The npm of this machine, run by the Node that the tests run on.
    const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
    const env = { ...process.env, PATH: path }
    const { code, output } = await execute('npm', args, { folder: made, timeout: 300_000, env })
    if (code !== 0) return { name: 'relying parties', where: `npm ci in ${programs}`, text: output }
    // If another run was faster, its folder is used.
    await rename(made, target).catch(() => undefined)
    return undefined
  } finally {
    await rm(made, { recursive: true, force: true })
  }
}
