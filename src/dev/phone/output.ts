/** What the phone in the terminal says: plain text for people, or one JSON object per line for programs. */

export interface Writer {
  write(text: string): unknown
}

export interface Output {
  readonly json: boolean
  /** Tells something once, in the form that was asked for. */
  tell(entry: { readonly event: string } & Readonly<Record<string, unknown>>, text: string): void
  /** As `tell`, for what went wrong: the text goes to the other stream. */
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

/** Text of others on one line: without control characters a server cannot move the cursor. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}
