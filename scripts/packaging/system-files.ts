/**
 * The system part of an image: the libraries that Node and the packages load, with their licences, and the few files that they
 * read. They come from the Debian system on which the image is built.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Component } from './bill-of-materials.ts'
import { listSystemLibraries } from './system-libraries.ts'
import type { Entry } from './tar.ts'

export interface SystemFiles {
  readonly entries: readonly Entry[]
  /** The Debian packages that the files come from. */
  readonly components: readonly Component[]
}

/**
 * @param root the repository, in which `npm ci` has run
 * @param user the number of the user that Einlass runs as
 */
export function gatherSystem(root: string, user: number): SystemFiles {
  const paths = listLibraries(root)
  const owners = [...new Set(paths.map(findOwner))].sort()
  return {
    entries: [...paths.map(placeLibrary), ...owners.map(readLicence), ...listSettings(user)],
    components: owners.map(describeOwner),
  }
}

/** Kerberos loads it at the first ticket. */
const lateLibraries = '/usr/lib/*-linux-gnu/libgssapi_krb5.so.2'

function listLibraries(root: string): string[] {
  const native = globSync(
    'node_modules/{node-linux-*/bin/node,@node-rs/*/*.node,kerberos/build/Release/*.node}',
    {
      cwd: root,
    },
  )
  const late = globSync(lateLibraries)
  return [...listSystemLibraries([...native.map((path) => join(root, path)), ...late]), ...late]
}

/** `/lib` is a link to `/usr/lib` in the image, as on Debian. */
const toUsr = (path: string) => (path.startsWith('/usr/') ? path.slice(1) : `usr${path}`)

const placeLibrary = (path: string): Entry => ({
  type: 'file',
  path: toUsr(path),
  mode: 0o755,
  content: readFileSync(path),
})

/** The Debian package that owns a file. */
function findOwner(path: string): string {
  const real = realpathSync(path)
  // If /lib is a link, dpkg knows some files by their old path.
  for (const name of [real, real.replace(/^\/usr/, ''), path]) {
    const found = ask('dpkg-query', ['--search', name])
    if (found !== undefined) return found.split(':', 1)[0] ?? ''
  }
  throw new Error(`no package of Debian has ${real}: images are built on Debian`)
}

function ask(command: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(command, [...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  } catch {
    return undefined
  }
}

function readLicence(name: string): Entry {
  const path = `/usr/share/doc/${name}/copyright`
  if (!existsSync(path)) throw new Error(`${path} is missing`)
  return { type: 'file', path: path.slice(1), mode: 0o644, content: readFileSync(path) }
}

function describeOwner(name: string): Component {
  const format = `\${Version} \${Architecture}`
  const [version = '', architecture = ''] = (
    ask('dpkg-query', ['--show', '--showformat', `${format}\n`, name]) ?? ''
  )
    .split('\n', 1)
    .join('')
    .split(' ')
  const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`
  return { name, version, purl }
}

function listSettings(user: number): Entry[] {
  const texts = {
    'etc/passwd': `root:x:0:0:root:/:/\neinlass:x:${user}:${user}:Einlass:/var/lib/einlass:/\n`,
    'etc/group': `root:x:0:\neinlass:x:${user}:\n`,
    'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  }
  return [
    ...Object.entries(texts).map(
      ([path, content]): Entry => ({ type: 'file', path, mode: 0o644, content }),
    ),
    { type: 'link', path: 'lib', mode: 0o777, to: 'usr/lib' },
    { type: 'link', path: 'lib64', mode: 0o777, to: 'usr/lib64' },
  ]
}
