/** Which directories of users there are: a further kind stands in a folder of its own and is opened here. */
import type { Directory } from './directory.ts'
import { createLocalDirectory, type LocalDirectoryOptions } from './local/directory.ts'

/** The directory that the configuration names. */
export function openDirectory(options: LocalDirectoryOptions): Directory {
  return createLocalDirectory(options)
}
