/** What a command of the terminal may touch of the process. It is an argument, so that tests need no process. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a text file; throws when it cannot. */
  readonly readFile: (path: string) => string
  /** The permission bits of a file; undefined when it cannot be found here, or the system has no such bits. Never throws. */
  readonly readMode: (path: string) => number | undefined
}

/** How the command was called, for hints that can be typed as they stand; the script `einlass` sets it. */
export function calledAs(env: Io['env']): string {
  return env.EINLASS_COMMAND || 'einlass'
}
