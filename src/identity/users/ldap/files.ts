/**
 * Checks the files of a directory in the configuration before a server needs them: the certificate authorities, and the
 * password of the bind account. Owns the descriptions of mistakes, which contain no password.
 */
import { X509Certificate } from 'node:crypto'
import type { DirectoryConfig } from '../../../platform/config/directories.ts'
import type { Mistake } from '../../../platform/config/mistakes.ts'
import { hours } from '../../../platform/kernel/clock.ts'
import { deniedText } from '../../../platform/kernel/denied.ts'

type ReadFile = (path: string) => string

/** How long before its end a certificate causes a warning. */
const soon = hours(30 * 24)

/** Mistakes because of which a directory cannot be asked at all. */
export function findDirectoryMistakes(
  directories: readonly DirectoryConfig[],
  readFile: ReadFile,
): Mistake[] {
  return directories.flatMap((one, at) => {
    const { ca_file: authorities, bind_password_file: password } = one
    const path = (key: string) => `directories[${at}].${key}`
    return [
      ...findMistake(path('ca_file'), authorities, readFile, {
        allowed: 'a file with certificates of authorities (PEM)',
        explain: (text) =>
          readCertificates(text).length === 0 ? 'a file without a certificate' : undefined,
      }),
      ...findMistake(path('bind_password_file'), password, readFile, {
        allowed: 'a file with the password in one line; a line break at its end is no part of it',
        explain: explainPassword,
      }),
    ]
  })
}

/** Things that may be intended. Call it only for files that can be read. */
export function listDirectoryWarnings(
  directories: readonly DirectoryConfig[],
  readFile: ReadFile,
  now: number,
): string[] {
  return directories.flatMap(({ ca_file: authorities, bind_password_file: password }, at) => {
    const isSpaced = password !== undefined && /^\s|\s$/.test(readPassword(readFile(password)))
    return [
      ...(authorities === undefined ? [] : listExpiries(readFile(authorities), now)).map(
        (text) => `directories[${at}].ca_file: ${text}`,
      ),
      ...(isSpaced
        ? [`directories[${at}].bind_password_file: the password begins or ends with a space`]
        : []),
    ]
  })
}

/** An expired certificate is not a mistake, because another one in the file may be enough. */
function listExpiries(text: string, now: number): string[] {
  return readCertificates(text).flatMap(({ subject, validToDate }) => {
    const until = validToDate.getTime()
    if (until > now + soon) return []
    const name = subject.split('\n').at(-1) ?? ''
    const verb = until <= now ? 'expired' : 'expires'
    return [`the certificate ${name} ${verb} on ${validToDate.toISOString().slice(0, 10)}`]
  })
}

/** The password in the text of a file. */
export const readPassword = (text: string): string => text.replace(/\r?\n$/, '')

function explainPassword(text: string): string | undefined {
  const password = readPassword(text)
  if (password === '') return 'an empty file'
  if (/[\r\n]/.test(password)) return 'a file of several lines'
  return password.startsWith('\uFEFF') ? 'a file that begins with a byte order mark' : undefined
}

/** Reads only certificates, and skips other text between them. */
function readCertificates(text: string): X509Certificate[] {
  const parts = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  return parts.flatMap((part) => {
    try {
      return [new X509Certificate(part)]
    } catch {
      return []
    }
  })
}

interface Check {
  readonly allowed: string
  /** What is wrong with the text of the file; undefined: nothing. */
  readonly explain: (text: string) => string | undefined
}

function findMistake(
  path: string,
  file: string | undefined,
  readFile: ReadFile,
  { allowed, explain }: Check,
): Mistake[] {
  if (file === undefined) return []
  const wrong = readOrExplain(file, readFile, explain)
  return wrong === undefined ? [] : [{ path, found: `${JSON.stringify(file)}, ${wrong}`, allowed }]
}

function readOrExplain(
  file: string,
  readFile: ReadFile,
  explain: Check['explain'],
): string | undefined {
  try {
    return explain(readFile(file))
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return deniedText(error) ?? (isMissing ? 'which is not there' : 'a file that cannot be read')
  }
}
