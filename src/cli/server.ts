/** The commands that run until they are stopped: `serve` and `demo`. */
import { defineCommand } from './command.ts'
import { usableConfig } from './config.ts'

export const serve = defineCommand({
  name: 'serve',
  operands: [],
  summary: 'Runs the login.',
  options: {},
  async run({ configFile, io }) {
    const { config, warnings } = usableConfig(configFile, io, true)
    const { runServe } = await import('../main.ts')
    const readConfig = () => usableConfig(configFile, io, true).config
    return runServe({ config, warnings, readConfig }, io)
  },
})

export const demo = defineCommand({
  name: 'demo',
  operands: [],
  summary: 'Runs a login with made-up users and apps on this machine.',
  options: { fresh: { type: 'boolean', help: 'Delete the data of the last demo first' } },
  without: ['config', 'json'],
  async run({ values, io }) {
    const { runDemo } = await import('../dev/demo/demo.ts')
    return runDemo({ fresh: values.fresh === true }, io)
  },
})
