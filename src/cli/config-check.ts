/** `einlass config check`: the mistakes and warnings that `serve` would report, without starting. */

import { ConfigMistakes } from '../platform/config/mistakes.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'

export const configCheck = defineCommand({
  name: 'config check',
  operands: [],
  summary: 'Checks the configuration as `serve` would, and reports all mistakes at once.',
  options: {},
  async run({ configFile, io, json, reply }) {
    try {
      const { file, warnings } = usableConfig(configFile, io, true)
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

function warningLine(warning: string): string {
  return `Warning: ${warning}`
}
