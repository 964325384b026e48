/** The section `key_source`: the keys that seal secrets in the database, if they are not in `key_file`. */
import { z } from 'zod'
import type { Environment } from './environment.ts'
import type { Mistake } from './mistakes.ts'
import { duration, text } from './values.ts'

const oneOf = 'one of credential, variable and command'

/** The name of a credential is the name of a file in one folder. */
export const credentialName = /^(?!\.)[\w.@:-]{1,255}$/

export const keySourceSchema = z
  .strictObject({
    credential: z
      .string()
      .regex(credentialName)
      .meta({ title: 'the name of a credential' })
      .optional()
      .describe(
        'A systemd credential (`LoadCredential=`, `$CREDENTIALS_DIRECTORY`) with the lines of a key file. Commands that run beside the server do not have it.',
      ),
    variable: z
      .string()
      .regex(/^[A-Za-z_]\w{0,127}$/)
      .meta({ title: 'the name of an environment variable' })
      .optional()
      .describe(
        'An environment variable with the lines of a key file. `;` can replace a line end.',
      ),
    command: z
      .array(text(4096))
      .min(1)
      .max(64)
      .optional()
      .describe(
        'A program with its arguments that prints the lines of a key file. It is run without a shell at a start, at a reload, and when the database names a key that the server does not have.',
      ),
    time_limit: duration('100ms', '1m').prefault('10s').describe('How long `command` may take.'),
  })
  .transform(({ credential, variable, command, time_limit: timeLimit }, context) => {
    const sources: KeySourceConfig[] = [
      ...(credential === undefined ? [] : [{ type: 'credential' as const, name: credential }]),
      ...(variable === undefined ? [] : [{ type: 'variable' as const, name: variable }]),
      ...(command === undefined ? [] : [{ type: 'command' as const, command, timeLimit }]),
    ]
    const [source, ...others] = sources
    if (source !== undefined && others.length === 0) return source
    context.addIssue({ code: 'custom', message: oneOf, input: undefined })
    return z.NEVER
  })

export type KeySourceConfig =
  /** `folder` and `text` come from the environment; absent: they are not set. */
  | { readonly type: 'credential'; readonly name: string; readonly folder?: string }
  | { readonly type: 'variable'; readonly name: string; readonly text?: string }
  | { readonly type: 'command'; readonly command: readonly string[]; readonly timeLimit: number }

/** Adds what the environment says about the source, or the mistake that it says nothing. */
export function resolveKeySource(
  source: KeySourceConfig,
  env: Environment,
): KeySourceConfig | Mistake {
  if (source.type === 'command') return source
  if (source.type === 'variable') {
    const value = env[source.name]
    if (value !== undefined && value !== '') return { ...source, text: value }
    const allowed = `the variable ${source.name} with the lines of a key file`
    return { path: 'key_source.variable', found: 'a variable that is not set', allowed }
  }
  const folder = env.CREDENTIALS_DIRECTORY
  return folder === undefined || folder === ''
    ? { path: 'key_source.credential', ...missingFolder }
    : { ...source, folder }
}

export const missingFolder = {
  found: 'a credential, and $CREDENTIALS_DIRECTORY is not set',
  allowed: 'a process that systemd started with LoadCredential=, see docs/keys.md',
} as const
