/**
 * The Debian package. Owns the paths of the program's files on a Debian system, and the control data for dpkg; the texts are in
 * packaging/debian and packaging/systemd.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { findArchitecture } from './architecture.ts'
import { compressTar, type Target } from './archive.ts'
import { type Program, withFolders } from './program-files.ts'
import type { Entry } from './tar.ts'

const texts = resolve(import.meta.dirname, '../../packaging')
const read = (path: string) => readFileSync(join(texts, path), 'utf8')
const file = (path: string, content: string | Uint8Array, mode = 0o644): Entry => ({
  ...{ path, mode, content },
  type: 'file',
})

const configurationFiles = ['etc/default/einlass', 'etc/einlass/einlass.yaml']

/** Gives the path of the package. */
export async function buildDebianPackage(
  program: Program,
  { out, ...how }: Target,
): Promise<string> {
  const { time } = how
  const architecture = findArchitecture().debian
  const data = withFolders([...placeProgram(program), ...listSystemFiles(program, time)])
  const control = [
    file('control', writeControl(program, architecture, data)),
    file('conffiles', configurationFiles.map((path) => `/${path}\n`).join('')),
    file('md5sums', writeChecksums(data)),
    ...['postinst', 'prerm', 'postrm'].map((name) => file(name, read(`debian/${name}`), 0o755)),
  ]
  const archive = writeAr(
    [
      ['debian-binary', Buffer.from('2.0\n')],
      ['control.tar.gz', await compressTar(underDot(control), how)],
      ['data.tar.gz', await compressTar(underDot(data), how)],
    ],
    time,
  )
  const path = join(out, `einlass_${program.version}_${architecture}.deb`)
  await writeFile(path, archive)
  return path
}

/** Files for people go to the documentation folder of Debian packages. */
const isDocument = (path: string) =>
  /^(?:docs|examples|ops)\/|^(?:(?:README|CHANGELOG|CONTRIBUTING|SECURITY)\.md|einlass\.example\.yaml|sbom\.cdx\.json|THIRD-PARTY-LICENCES\.txt)$/.test(
    path,
  )

/** Files with another place: Debian has the licence itself, and the unit has its own folder. */
const elsewhere = /^(?:LICENSE$|packaging\/)/

function placeProgram({ entries }: Program): Entry[] {
  return entries
    .filter(({ path, type }) => type !== 'folder' && !elsewhere.test(path))
    .map((entry) => {
      const folder = isDocument(entry.path) ? 'usr/share/doc/einlass' : 'usr/lib/einlass'
      return { ...entry, path: `${folder}/${entry.path}` }
    })
}

function listSystemFiles({ version }: Program, time: number): Entry[] {
  const date = new Date(time * 1000)
  const changes = read('debian/changelog')
    .replace('@VERSION@', version)
    .replace('@DATE@', date.toUTCString().replace('GMT', '+0000'))
  const manual = read('debian/einlass.8').replace('@DATE@', date.toISOString().slice(0, 10))
  return [
    file('usr/bin/einlass', read('debian/einlass'), 0o755),
    file('usr/lib/systemd/system/einlass.service', read('systemd/einlass.service')),
    file('etc/einlass/einlass.yaml', read('debian/einlass.yaml')),
    file('etc/default/einlass', read('debian/default')),
    file('usr/share/doc/einlass/copyright', read('debian/copyright')),
    file('usr/share/doc/einlass/changelog.gz', compressText(changes)),
    file('usr/share/man/man8/einlass.8.gz', compressText(manual)),
    file('usr/share/lintian/overrides/einlass', read('debian/lintian-overrides')),
  ]
}

const compressText = (text: string) => gzipSync(text, { level: 9 })

function writeControl({ version }: Program, architecture: string, data: readonly Entry[]): string {
  const bytes = data.reduce((sum, one) => sum + (one.type === 'file' ? one.content.length : 0), 0)
  return read('debian/control')
    .replace('@VERSION@', version)
    .replace('@ARCHITECTURE@', architecture)
    .replace('@SIZE@', `${Math.ceil(bytes / 1024)}`)
}

function writeChecksums(data: readonly Entry[]): string {
  return data
    .flatMap((one) => {
      if (one.type !== 'file' || configurationFiles.includes(one.path)) return []
      return [`${createHash('md5').update(one.content).digest('hex')}  ${one.path}\n`]
    })
    .join('')
}

const underDot = (entries: readonly Entry[]): Entry[] => [
  { path: '.', type: 'folder', mode: 0o755 },
  ...entries.map((one) => ({ ...one, path: `./${one.path}` })),
]

/** Writes the format of Unix archives (ar), which Debian packages use. */
function writeAr(members: readonly (readonly [string, Uint8Array])[], time: number): Uint8Array {
  const parts = members.flatMap(([name, content]) => {
    const fields = [name.padEnd(16), `${time}`.padEnd(12), '0     0     100644  ']
    const header = `${fields.join('')}${`${content.length}`.padEnd(10)}\`\n`
    return [Buffer.from(header), content, Buffer.alloc(content.length % 2, '\n')]
  })
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts])
}
