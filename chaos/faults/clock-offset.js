// Loaded before a server: at SIGUSR2 its clock jumps to what the file of EINLASS_CHAOS_CLOCK says, in milliseconds beside the real one.
import { readFileSync, writeFileSync } from 'node:fs'

const realNow = Date.now
let offset = 0

process.on('SIGUSR2', () => {
  const file = process.env.EINLASS_CHAOS_CLOCK
  const text = readFileSync(file, 'utf8')
  offset = Number(text)
  writeFileSync(`${file}.done`, text)
})

globalThis.Date = class extends Date {
  constructor(...parts) {
    if (parts.length === 0) super(realNow() + offset)
    else super(...parts)
  }

  static now() {
    return realNow() + offset
  }
}
