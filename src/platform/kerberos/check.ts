/**
 * Finds at a start what this machine lacks for decrypting tickets: the package, the keytab, a key in it. Reports it in words.
 */
import { readFileSync } from 'node:fs'
import type { KerberosConfig } from '../config/kerberos.ts'
import type { Mistake } from '../config/mistakes.ts'
import { deniedText } from '../kernel/denied.ts'
import { readKeytab } from './keytab.ts'
import { findService } from './service.ts'

export interface KerberosCheck {
  /** Returns why the package cannot be loaded; `undefined`: it can. */
  readonly loadPackage: () => string | undefined
  /** Throws the error of the system. */
  readonly readBytes: (path: string) => Buffer
}

/** @param publicUrl an origin */
export function findKerberosMistakes(
  config: KerberosConfig,
  publicUrl: string,
  { loadPackage, readBytes }: KerberosCheck = systemCheck,
): Mistake[] {
  const failure = loadPackage()
  const missing: Mistake[] =
    failure === undefined
      ? []
      : [
          {
            path: 'kerberos',
            found: `no npm package kerberos that can be loaded (${failure})`,
            allowed:
              'the package, which is built by `npm rebuild kerberos` once libkrb5-dev, g++, make and python3 are installed',
          },
        ]
  return [...missing, ...findKeytabMistakes(config, publicUrl, readBytes)]
}

function findKeytabMistakes(
  config: KerberosConfig,
  publicUrl: string,
  readBytes: KerberosCheck['readBytes'],
): Mistake[] {
  const file = config.keytab_file
  const make = (found: string, allowed: string): Mistake[] => [
    { path: 'kerberos.keytab_file', found: `${JSON.stringify(file)}, ${found}`, allowed },
  ]
  const wanted = findService(config, publicUrl)
  const allowed = `a keytab with a key of ${wanted}`
  let bytes: Buffer
  try {
    bytes = readBytes(file)
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const why = isMissing ? 'which is not there' : 'which cannot be read'
    return make(deniedText(error) ?? why, allowed)
  }
  const entries = readKeytab(bytes)
  if (entries === undefined) return make('which is no keytab', allowed)
  const names = [...new Set(entries.map(({ principal }) => principal))]
  const isThere = names.some(
    (name) => name.split('@', 1)[0]?.toLowerCase() === wanted.toLowerCase(),
  )
  if (isThere) return []
  return make(`which has keys of ${names.slice(0, 5).join(', ') || 'nothing'}`, allowed)
}

/** Loads the package in a process of its own, as it is native code. */
const systemCheck: KerberosCheck = {
  loadPackage() {
    const { spawnSync } = process.getBuiltinModule('node:child_process')
    const script =
      "import('kerberos').catch((e) => { console.log(e.message.split('\\n')[0]); process.exit(1) })"
    const { status, stdout, error } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script],
      { cwd: import.meta.dirname, encoding: 'utf8', timeout: 10_000 },
    )
    if (status === 0) return undefined
    return stdout?.trim() || error?.message || `exit code ${status}`
  },
  readBytes: (path) => readFileSync(path),
}
