/** The commands that run until they are stopped: `serve` and `demo`. */
import { watchForEnd } from '../platform/kernel/process-end.ts'
import { defineCommand } from './command.ts'
import { usableConfig } from './config.ts'

export const serve = defineCommand({
  name: 'serve',
  operands: [],
  summary: 'Runs the login.',
  options: {},
  async run({ configFile, io }) {
    const { config, warnings } = usableConfig(configFile, io, true)
    // Before the rest is loaded: the first process of a container is not ended by a signal for which it does not listen.
    const ending = watchForEnd()
    const { runServe } = await import('../main.ts')
    const readConfig = () => usableConfig(configFile, io, true).config
    return await runServe({ config, warnings, readConfig, ending }, io).finally(ending.stop)
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
