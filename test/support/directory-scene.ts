/** The directories of a configuration, opened over a database: what they say is asked without any page. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { createScene } from '../../src/dev/test-support/scene.ts'
import { openDirectory } from '../../src/identity/users/directories.ts'
import type { PasswordOutcome } from '../../src/identity/users/directory.ts'
import { createHasher } from '../../src/identity/users/hasher.ts'
import { configSchema } from '../../src/platform/config/schema.ts'
import type { Database } from '../../src/platform/storage/database.ts'
import type { TestActiveDirectory } from './active-directory.ts'
import type { TestSlapd } from './slapd.ts'

export type DirectorySettings = Readonly<Record<string, unknown>>

/** The certificate of the tests' authority as a file, as a configuration names it. */
export async function writeAuthority(t: Scope, ca: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-ca-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'ca.pem')
  await writeFile(file, ca)
  return file
}

export async function describeSlapd(
  t: Scope,
  { url, ca, bindAccount, baseDn }: TestSlapd,
): Promise<DirectorySettings> {
  return {
    ...{ name: 'staff', kind: 'openldap', servers: [url], base: baseDn },
    ca_file: await writeAuthority(t, ca),
    bind_name: bindAccount.dn,
    bind_password: bindAccount.password,
    upn_suffixes: ['staff.example'],
    domain: 'STAFF',
    write_passwords: true,
  }
}

export async function describeActiveDirectory(
  t: Scope,
  { url, ca, administrator, baseDn, domainDn, netbios, suffix }: TestActiveDirectory,
): Promise<DirectorySettings> {
  return {
    ...{ name: 'corp', kind: 'active_directory', servers: [url], base: baseDn },
    ca_file: await writeAuthority(t, ca),
    bind_name: administrator.name,
    bind_password: administrator.password,
    domain: netbios,
    upn_suffixes: [suffix],
    group_base: domainDn,
    write_passwords: true,
  }
}

const systemTime = { now: () => Date.now() }

/** As the server opens them. */
export function openDirectories(
  t: Scope,
  db: Database,
  directories: readonly DirectorySettings[],
  clock = systemTime,
) {
  const scene = createScene(db, clock)
  const hasher = createHasher({ cores: 1, log: scene.log })
  const config = configSchema.parse({ directories })
  const directory = openDirectory({ ...scene, config, hasher })
  t.after(() => directory.close?.())
  return {
    ...scene,
    directory,
    config,
    hasher,
    /** What a name and a password lead to, in one word. */
    async judge(name: string, password: string): Promise<string> {
      return describeOutcome(await directory.verifyPassword(db, name, password))
    },
    verify: (name: string, password: string) => directory.verifyPassword(db, name, password),
  }
}

export const describeOutcome = (outcome: PasswordOutcome): string =>
  outcome.type === 'refused' ? `refused: ${outcome.reason}` : outcome.type

export type DirectoryScene = ReturnType<typeof openDirectories>
