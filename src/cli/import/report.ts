/** The file of `--report`: JSON lines that only its owner can read. */
import { closeSync, fchmodSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { deniedText } from '../../platform/kernel/denied.ts'
import { Fault } from '../../platform/kernel/fault.ts'
import type { ImportFile } from './open-file.ts'

export interface ReportFile {
  /** Starts another pass and discards what was written before. */
  begin(): void
  add(entry: object): void
  close(): void
}

/** Throws Fault `bad_request` when the report cannot be written, or is the import file itself. */
export function openReport(path: string | undefined, input: ImportFile): ReportFile | undefined {
  if (path === undefined) return undefined
  const file = open(path)
  const { dev, ino } = fstatSync(file)
  if (input.isSame({ dev, ino })) {
    closeSync(file)
    throw new Fault('bad_request', `--report: ${path} is the file of the import.`)
  }
  fchmodSync(file, 0o600)
  let lines: string[] = []
  let at = 0
  const flush = () => {
    at += writeSync(file, lines.join(''), at)
    lines = []
  }
  return {
    begin() {
      lines = []
      at = 0
      ftruncateSync(file)
    },
    add(entry) {
      if (lines.push(`${JSON.stringify(entry)}\n`) >= linesAtOnce) flush()
    },
    close() {
      flush()
      closeSync(file)
    },
  }
}

const linesAtOnce = 1000

function open(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    const why = deniedText(cause) ?? 'it cannot be written'
    throw new Fault('bad_request', `--report: ${path}: ${why}.`, { cause })
  }
}
