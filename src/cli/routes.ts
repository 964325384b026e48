/** `einlass routes`: lists every address that the server answers, from the server's own route tables. */
import { allRoutes } from '../faces/routes.ts'
import { defineCommand, exit } from './command.ts'
import { formatTable } from './table.ts'

export const routes = defineCommand({
  name: 'routes',
  operands: [],
  summary: 'Lists every address of the server with its method and what it is for.',
  options: {},
  without: ['config'],
  async run({ reply }) {
    const rows = allRoutes.map(({ method, path, kind, name }) => ({ method, path, kind, name }))
    const cells = rows.map(({ method, path, kind, name }) => [method, path, kind, name])
    reply(rows, formatTable(['METHOD', 'PATH', 'KIND', 'WHAT'], cells))
    return exit.ok
  },
})
