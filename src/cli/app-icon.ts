/** `einlass app icon`: sets the picture of an app on the start page, from a file. */
import { readFileSync } from 'node:fs'
import { readIcon } from '../identity/apps/icon-file.ts'
import { unreadableText } from '../platform/kernel/denied.ts'
import { Fault } from '../platform/kernel/fault.ts'
import { withApps } from './app.ts'
import { defineCommand, exit } from './command.ts'
import { usableConfig } from './config.ts'
import { operator } from './operator.ts'

export const appIcon = defineCommand({
  name: 'app icon',
  operands: ['ID'],
  summary:
    'Sets the picture of an app on the start page: an SVG that only draws, or a PNG, up to 48 KB. Without one, an app has the picture of its template, or its initials.',
  options: {
    file: { type: 'string', value: 'FILE', help: 'A .svg or .png file' },
    remove: { type: 'boolean', help: 'Take the picture away' },
  },
  async run({ operands: [id = ''], values: { file, remove }, configFile, io, reply }) {
    const { config } = usableConfig(configFile, io)
    if ((file === undefined) === (remove !== true)) {
      throw new Fault('bad_request', 'Name a picture with --file, or take it away with --remove.')
    }
    const icon = file === undefined ? undefined : readIconFile(file)
    await withApps(config, ({ operations }) => operations.setIcon(operator, id, icon))
    reply({ app: id, icon: icon?.mediaType ?? null }, `${id} has ${icon ? 'a' : 'no'} picture now.`)
    return exit.ok
  },
})

function readIconFile(file: string) {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(file)
  } catch (cause) {
    throw new Fault('bad_request', `${file}: ${unreadableText(cause, file)}.`, { cause })
  }
  const outcome = readIcon(bytes)
  if (outcome.type === 'icon') return outcome.icon
  throw new Fault('bad_request', `${file} cannot be the picture of an app: ${outcome.why}.`)
}
