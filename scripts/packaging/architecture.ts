/** The names of this machine's processor architecture, which differ in each packaging format. */

const names = {
  x64: { node: 'x64', debian: 'amd64', image: 'amd64' },
  arm64: { node: 'arm64', debian: 'arm64', image: 'arm64' },
} as const

export type Architecture = (typeof names)[keyof typeof names]

/** @throws on an architecture without packages */
export function findArchitecture(): Architecture {
  const { arch, platform } = process
  if (platform !== 'linux' || !(arch === 'x64' || arch === 'arm64'))
    throw new Error(`packages are built on Linux on x64 or arm64, and not on ${platform} ${arch}`)
  return names[arch]
}
