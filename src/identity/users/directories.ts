/** Which directories of users there are: a further kind stands in a folder of its own and is opened here. */
import type { Config } from '../../platform/config/schema.ts'
import type { Log } from '../../platform/kernel/log.ts'
import type { Directory } from './directory.ts'
import { createLocalDirectory, type LocalDirectoryOptions } from './local/directory.ts'
import { logOutages } from './outages.ts'

/** The whole configuration, so that no caller knows which directory it opens. */
export interface DirectoryOptions extends LocalDirectoryOptions {
  readonly config: Config
  /** Of the server. Commands have a silent one, and say themselves that the directory does not answer. */
  readonly log: Log
}

/** The directory that the configuration names. The server and each command open it here. */
export function openDirectory(options: DirectoryOptions): Directory {
  return logOutages(createLocalDirectory(options), options.log)
}
