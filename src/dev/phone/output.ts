/** The output of the phone in the terminal: plain text for people, or one JSON object per line for programs. */

export interface Writer {
  write(text: string): unknown
}

export interface Output {
  readonly json: boolean
  /** Writes an entry in the chosen form. */
  tell(entry: { readonly event: string } & Readonly<Record<string, unknown>>, text: string): void
  /** As `tell`, for errors: the text goes to standard error. */
  complain(
    entry: { readonly event: string } & Readonly<Record<string, unknown>>,
    text: string,
  ): void
  /** A question without a line end. Programs get none. */
  prompt(text: string): void
}

export function createOutput(io: { stdout: Writer; stderr: Writer }, json: boolean): Output {
  const line = (entry: object) => io.stdout.write(`${JSON.stringify(entry)}\n`)
  return {
    json,
    tell: (entry, text) => (json ? line(entry) : io.stdout.write(`${text}\n`)),
    complain: (entry, text) => (json ? line(entry) : io.stderr.write(`${text}\n`)),
    prompt: (text) => json || io.stdout.write(text),
  }
}

/** Text from others as one line without control characters, so that a server cannot move the cursor. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}
