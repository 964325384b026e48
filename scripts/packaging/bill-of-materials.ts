/**
 * The bill of materials of a packed Einlass (CycloneDX), which shows whether it contains a package with a known vulnerability.
 */
import { createHash } from 'node:crypto'
import type { ProductionPackage } from './production-packages.ts'

export interface Component {
  readonly name: string
  readonly version: string
  /** An SPDX expression; absent: unknown. */
  readonly licence?: string
  /** https://github.com/package-url/purl-spec */
  readonly purl: string
  /** SHA-512 in hexadecimal. */
  readonly sha512?: string
}

export interface Contents {
  readonly version: string
  readonly packages: readonly ProductionPackage[]
  /** In seconds since 1970. */
  readonly time: number
  /** Components besides the npm packages. */
  readonly others?: readonly Component[]
}

/** A document of CycloneDX 1.6 as text. The same contents give the same text. */
export function createBillOfMaterials({ version, packages, time, others = [] }: Contents): string {
  const components = [...packages.map(describePackage), ...others].map(writeComponent)
  const purl = `pkg:npm/einlass@${version}`
  const licenses = [{ license: { id: 'Apache-2.0' } }]
  const content = {
    version: 1,
    metadata: {
      timestamp: new Date(time * 1000).toISOString(),
      component: { type: 'application', 'bom-ref': purl, name: 'einlass', version, purl, licenses },
    },
    components,
    dependencies: [{ ref: purl, dependsOn: components.map((one) => one['bom-ref']) }],
  }
  const serialNumber = `urn:uuid:${createUuid(JSON.stringify(content))}`
  const head = { bomFormat: 'CycloneDX', specVersion: '1.6', serialNumber }
  return `${JSON.stringify({ ...head, ...content }, undefined, 2)}\n`
}

function describePackage({
  path,
  name,
  version,
  licence,
  integrity,
}: ProductionPackage): Component {
  const [algorithm, value = ''] = integrity.split('-')
  const sha512 = algorithm === 'sha512' ? Buffer.from(value, 'base64').toString('hex') : undefined
  // A package that is installed twice in the same version is two components.
  const place = path === `node_modules/${name}` ? '' : `#${path}`
  return {
    ...{ name, version, licence },
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}${place}`,
    ...(sha512 !== undefined && { sha512 }),
  }
}

function writeComponent({ name, version, licence, purl, sha512 }: Component) {
  return {
    type: 'library',
    'bom-ref': purl,
    ...{ name, version },
    ...(sha512 !== undefined && { hashes: [{ alg: 'SHA-512', content: sha512 }] }),
    ...(licence !== undefined && { licenses: [{ expression: licence }] }),
    purl: purl,
  }
}

/** Version 8 of RFC 9562: made of the content. */
function createUuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}
