/** Finds the configuration of a command: `--config`, else `EINLASS_CONFIG`, else `einlass.yaml` if it exists. */

import { findDirectoryMistakes, listDirectoryWarnings } from '../identity/users/ldap/files.ts'
import { findFactorMistakes, listFactorWarnings } from '../login/factors/index.ts'
import { listMissingLevels } from '../login/factors/missing-levels.ts'
import {
  findIdleParts,
  findUnknownOperators,
  findUnnamedNetworks,
  findWideProxies,
} from '../platform/config/conflicts.ts'
import { type LoadedConfig, loadConfig } from '../platform/config/load.ts'
import { ConfigMistakes } from '../platform/config/mistakes.ts'
import type { Config } from '../platform/config/schema.ts'
import { findKerberosMistakes, listKerberosWarnings } from '../platform/kerberos/check.ts'
import { systemClock } from '../platform/kernel/clock.ts'
import type { Io } from '../platform/kernel/io.ts'
import { runSecretCommand } from '../platform/kernel/secret-command.ts'
import { derivePalettes } from '../platform/ui/brand.ts'

const defaultFile = 'einlass.yaml'

/** The file to read; `undefined`: no file is named, and the current directory has none. */
export function findConfigFile(named: string | undefined, io: Io): string | undefined {
  const file = named ?? (io.env.EINLASS_CONFIG || undefined)
  if (file !== undefined) return file
  try {
    io.readFile(defaultFile)
    return defaultFile
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? undefined : defaultFile
  }
}

export interface UsableConfig {
  readonly config: Config
  readonly warnings: readonly string[]
  readonly file: string | undefined
}

const printed = new Map<string, string>()

/** Runs a command once for each process: a server that reads its configuration again must not stand still meanwhile. */
function runOnce(command: readonly string[]): string {
  const name = JSON.stringify(command)
  const output = printed.get(name) ?? runSecretCommand(command)
  printed.set(name, output)
  return output
}

/** The configuration; throws `ConfigMistakes`. `serving` also requires the settings of a running server. */
export function usableConfig(named: string | undefined, io: Io, serving = false): UsableConfig {
  const file = findConfigFile(named, io)
  const loaded: LoadedConfig = loadConfig({
    file,
    env: io.env,
    readFile: io.readFile,
    readMode: io.readMode,
    serving,
    runCommand: runOnce,
    checks: {
      factors: (parts) => findFactorMistakes(parts, io.readFile),
      kerberos: findKerberosMistakes,
      directories: (directories) => findDirectoryMistakes(directories, io.readFile),
    },
  })
  if (loaded.type === 'mistakes') throw new ConfigMistakes(loaded.mistakes, file, loaded.warnings)
  const { config } = loaded
  const more = serving
    ? [
        ...findIdleParts(config, systemClock.now()),
        ...findUnnamedNetworks(config),
        ...findWideProxies(config),
        ...findUnknownOperators(config),
        ...listMissingLevels(config, config.default_policy).map(
          (text) => `default_policy: ${text}`,
        ),
        ...listColourWarnings(config.brand),
        ...listFactorWarnings(config),
        ...listDirectoryWarnings(config.directories, io.readFile, systemClock.now()),
        ...listKerberosWarnings(config.kerberos, config.public_url ?? ''),
      ]
    : []
  return { config, warnings: [...loaded.warnings, ...more], file }
}

/** Warns of a colour without enough contrast: pages correct it, so they no longer have the colour of the brand. */
function listColourWarnings({ colour }: Pick<Config['brand'], 'colour'>): string[] {
  return derivePalettes({ colour }).corrections.map(
    ({ wanted, used, contrast }) =>
      `brand.colour: ${wanted} has a contrast of ${contrast} on the pages, and text needs 4.5; links and numbers are shown in ${used}`,
  )
}
