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
            allowed: explainPackage(failure),
          },
        ]
  return [...missing, ...findKeytabMistakes(config, publicUrl, readBytes)]
}

/** Where the build has failed, npm leaves the package out: then there is nothing to rebuild. */
function explainPackage(failure: string): string {
  const tools = 'once libkrb5-dev, g++, make and python3 are installed'
  return /^Cannot find package/.test(failure)
    ? `the package: run \`npm ci\` again in the folder of Einlass ${tools}. \`npm rebuild\` does nothing for a package that was left out`
    : `the package, which is built by \`npm rebuild kerberos\` ${tools}`
}

/** DES and RC4 (RFC 8429), which libraries and domains refuse more and more. */
const weakEncryption = [1, 2, 3, 23, 24]

/** What works today and may not tomorrow. Reads only a keytab that findKerberosMistakes has found good. */
export function listKerberosWarnings(
  config: KerberosConfig | undefined,
  publicUrl: string,
  readBytes: KerberosCheck['readBytes'] = systemCheck.readBytes,
): string[] {
  if (config === undefined) return []
  const wanted = findService(config, publicUrl).toLowerCase()
  const keys = (readKeytab(readBytes(config.keytab_file)) ?? []).filter(
    ({ principal }) => principal.split('@', 1)[0]?.toLowerCase() === wanted,
  )
  const hasStrong = keys.some(({ encryption }) => !weakEncryption.includes(encryption))
  if (keys.length === 0 || hasStrong) return []
  return [
    `kerberos.keytab_file: it has only keys of RC4 or DES. Set msDS-SupportedEncryptionTypes of the account to 24 (AES), set its password again, and export the keytab again: else tickets with AES are refused, and tickets with RC4 are by more and more systems`,
  ]
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
      ['--disable-sigusr1', '--input-type=module', '-e', script],
      { cwd: import.meta.dirname, encoding: 'utf8', timeout: 10_000 },
    )
    if (status === 0) return undefined
    return stdout?.trim() || error?.message || `exit code ${status}`
  },
  readBytes: (path) => readFileSync(path),
}
