/**
 * The container image, as an OCI layout in one tar archive, made without a daemon. Owns the start command and settings of a
 * container. Its two layers are the system's libraries, which change rarely, and the program.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Architecture, findArchitecture } from './architecture.ts'
import type { Target } from './archive.ts'
import { createBillOfMaterials } from './bill-of-materials.ts'
import { type Program, withFolders } from './program-files.ts'
import { gatherSystem } from './system-files.ts'
import { type Entry, toBytes, writeTar } from './tar.ts'

const compress = promisify(gzip)
const scripts = resolve(import.meta.dirname, '../../packaging/image')

/** The id of a user without rights, the same as in other images without a shell. */
const owner = 65_532
const data = '/var/lib/einlass'
const home = '/opt/einlass'

/** Gives the path of the archive. */
export async function buildImage(
  root: string,
  program: Program,
  { out, time, level = 6 }: Target,
): Promise<string> {
  const system = gatherSystem(root, owner)
  const bill = createBillOfMaterials({ ...program, time, others: system.components })
  const layers = [
    await buildLayer(withFolders([...system.entries, ...listFolders()]), time, level),
    await buildLayer(withFolders(placeProgram(program, bill)), time, level),
  ]
  const architecture = findArchitecture()
  const config = writeBlob(
    'application/vnd.oci.image.config.v1+json',
    describeContainer(program, { layers, time, architecture }),
  )
  const manifest = writeBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: config.descriptor,
    layers: layers.map(({ blob }) => blob.descriptor),
    annotations: describeImage(program, time),
  })
  const tag = { 'org.opencontainers.image.ref.name': program.version }
  const platform = { os: 'linux', architecture: architecture.image }
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...manifest.descriptor, annotations: tag, platform }],
  }
  const blobs = [...layers.map(({ blob }) => blob), config, manifest]
  const entries = [
    toFile('index.json', JSON.stringify(index)),
    toFile('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })),
    ...blobs.map(({ hash, bytes }) => toFile(`blobs/sha256/${hash}`, bytes)),
  ]
  const path = join(out, `einlass-${program.version}-oci-${architecture.image}.tar`)
  await writeFile(path, Buffer.concat([...writeTar(withFolders(entries), time)]))
  return path
}

interface Blob {
  readonly bytes: Uint8Array
  /** SHA-256 in hexadecimal. */
  readonly hash: string
  readonly descriptor: {
    readonly mediaType: string
    readonly digest: string
    readonly size: number
  }
}

interface Layer {
  readonly blob: Blob
  /** Digest of the uncompressed layer. */
  readonly diffId: string
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function writeBlob(mediaType: string, content: object | Uint8Array): Blob {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
  const hash = hashOf(bytes)
  return { bytes, hash, descriptor: { mediaType, digest: `sha256:${hash}`, size: bytes.length } }
}

async function buildLayer(entries: readonly Entry[], time: number, level: number): Promise<Layer> {
  const tar = Buffer.concat([...writeTar(entries, time)])
  const type = 'application/vnd.oci.image.layer.v1.tar+gzip'
  return {
    blob: writeBlob(type, await compress(tar, { level })),
    diffId: `sha256:${hashOf(tar)}`,
  }
}

const toFile = (path: string, content: Uint8Array | string, mode = 0o644): Entry => ({
  ...{ path, mode, content },
  type: 'file',
})

/** The folders that are writable if the root is not read-only. */
const listFolders = (): Entry[] => [
  { path: 'tmp', type: 'folder', mode: 0o1777 },
  { path: data.slice(1), type: 'folder', mode: 0o700, owner },
]

function placeProgram({ entries }: Program, bill: string): Entry[] {
  const placed = entries
    .filter(({ path, type }) => type !== 'folder' && path !== 'einlass')
    .map((one): Entry => {
      const moved = { ...one, path: `${home.slice(1)}/${one.path}` }
      return one.path === 'sbom.cdx.json' ? { ...moved, type: 'file', content: bill } : moved
    })
  const commands = ['einlass', 'einlass-ready'].map((name) =>
    toFile(`usr/bin/${name}`, toBytes(readFileSync(join(scripts, name))), 0o755),
  )
  return [...placed, ...commands]
}

const describeImage = ({ version, manifest }: Program, time: number) => ({
  'org.opencontainers.image.title': 'Einlass',
  'org.opencontainers.image.description': manifest.description,
  'org.opencontainers.image.version': version,
  'org.opencontainers.image.licenses': manifest.license,
  'org.opencontainers.image.created': new Date(time * 1000).toISOString(),
})

interface ContainerOptions {
  readonly layers: readonly Layer[]
  readonly time: number
  readonly architecture: Architecture
}

function describeContainer(program: Program, { layers, time, architecture }: ContainerOptions) {
  const created = new Date(time * 1000).toISOString()
  return {
    created,
    architecture: architecture.image,
    os: 'linux',
    config: {
      User: `${owner}:${owner}`,
      ExposedPorts: { '8080/tcp': {} },
      Env: [
        'PATH=/usr/bin',
        `HOME=${data}`,
        'NODE_OPTIONS=--disable-warning=ExperimentalWarning',
        'EINLASS_COMMAND=einlass',
        'EINLASS_LISTEN_HOST=0.0.0.0',
      ],
      // Like the launcher of other installations.
      Entrypoint: [
        `${home}/node_modules/.bin/node`,
        '--disable-sigusr1',
        '--min-semi-space-size=16',
        `${home}/src/cli/cli.js`,
      ],
      Cmd: ['serve'],
      Volumes: { [data]: {} },
      WorkingDir: data,
      Labels: describeImage(program, time),
      StopSignal: 'SIGTERM',
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: ['the libraries of the system', 'Einlass'].map((text) => ({
      created,
      created_by: 'npm run package',
      comment: text,
    })),
  }
}
