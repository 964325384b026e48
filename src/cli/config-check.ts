/** `einlass config check`: the mistakes and warnings that `serve` would report, without starting. */

import { existsSync } from 'node:fs'
import { ConfigMistakes } from '../platform/config/mistakes.ts'
import type { Config } from '../platform/config/schema.ts'
import { deniedText } from '../platform/kernel/denied.ts'
import { openKeySource } from '../platform/storage/key-source.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const configCheck = defineCommand({
  name: 'config check',
  operands: [],
  summary: 'Checks the configuration as `serve` would, and reports all mistakes at once.',
  options: {},
  async run({ configFile, io, json, reply }) {
    try {
      const { config, file, warnings } = usableConfig(configFile, io, true)
      await requireKeys(config)
      const lines = [`${file ?? 'The environment'} has no mistakes.`, ...warnings.map(warningLine)]
      reply({ type: 'ok', file: file ?? null, warnings }, lines.join('\n'))
      return exit.ok
    } catch (error) {
      if (!json || !(error instanceof ConfigMistakes)) throw error
      reply({ type: 'mistakes', file: error.file ?? null, mistakes: error.mistakes }, '')
      return exit.config
    }
  },
})

/** A missing key file is no mistake if the first start creates it. */
async function requireKeys(config: Config): Promise<void> {
  const source = openKeySource(config)
  if (source.file !== undefined && !existsSync(source.file)) return
  try {
    await source.read()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const found = deniedText(error) ?? error.message
    const allowed = 'the keys that seal secrets in the database, which others may not read'
    throw new ConfigMistakes([{ path: source.path, found, allowed }], undefined)
  }
}

function warningLine(warning: string): string {
  return `Warning: ${warning}`
}
