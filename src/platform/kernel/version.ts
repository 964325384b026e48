/** The version of this program. */
import { readFileSync } from 'node:fs'

const packageFile = new URL('../../../package.json', import.meta.url)

/** Of the package that this file is part of. */
export function readVersion(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version
}
