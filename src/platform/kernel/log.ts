/** What features may say to the log. Pino is the implementation; tests collect entries in an array. */
export interface Log {
  debug(entry: object, message: string): void
  info(entry: object, message: string): void
  warn(entry: object, message: string): void
  error(entry: object, message: string): void
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
