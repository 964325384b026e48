// Builds the packages of Einlass with their checksums: the archive, the Debian package, the image and the npm package. Run it
// with `npm run package`, after `npm ci`; with names of kinds as arguments it builds only these.

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { buildArchive, hashSha256, type Target } from './packaging/archive.ts'
import { addChecksums } from './packaging/checksums.ts'
import { buildDebianPackage } from './packaging/debian.ts'
import { buildImage } from './packaging/image.ts'
import { buildNpmPackage } from './packaging/npm-package.ts'
import { gatherProgram, type Program } from './packaging/program-files.ts'

const root = resolve(import.meta.dirname, '..')

const builders: Readonly<Record<string, (program: Program, target: Target) => Promise<string>>> = {
  archive: buildArchive,
  debian: buildDebianPackage,
  image: (program, target) => buildImage(root, program, target),
  npm: (program, target) => buildNpmPackage(root, program, target),
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org), else the time of the commit. */
function readTime(): number {
  const { SOURCE_DATE_EPOCH: given } = process.env
  const git = () => execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root })
  return Number(given ?? git())
}

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: 'dist' } },
  allowPositionals: true,
})
const kinds = positionals.length > 0 ? positionals : Object.keys(builders)
const unknown = kinds.filter((kind) => builders[kind] === undefined)
if (unknown.length > 0) {
  const all = Object.keys(builders).join(', ')
  process.stderr.write(`There is no package "${unknown.join('", "')}". There are: ${all}.\n`)
  process.exit(64)
}
const target = { out: resolve(values.out), time: readTime() }
await mkdir(target.out, { recursive: true })
const program = await gatherProgram(root, target.time)
const made = new Map<string, string>()
for (const kind of kinds) {
  const file = await builders[kind]?.(program, target)
  if (file === undefined) continue
  made.set(file, hashSha256(await readFile(file)))
  process.stdout.write(`${file}\n`)
}
const sums = join(target.out, 'SHA256SUMS')
const before = existsSync(sums) ? await readFile(sums, 'utf8') : ''
await writeFile(sums, addChecksums(before, made, { out: target.out, isThere: existsSync }))
