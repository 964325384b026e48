/**
 * Parses a configuration with the schema: as a whole, or one section by itself, so that a valid section can be used although
 * others have mistakes.
 */
import type { z } from 'zod'
import type { Tree } from './file.ts'
import { configSchema } from './schema.ts'

type Sections = typeof configSchema.shape

/** By default zod generates code for each object, which costs more than one check of a configuration. */
const once = { jitless: true }

export const parseConfig = (tree: unknown) => configSchema.safeParse(tree, once)

/** `undefined`: the section has a mistake. */
export function parseSection<Name extends keyof Sections>(tree: Tree, name: Name) {
  const { data } = configSchema.shape[name].safeParse(tree[name], once)
  return data as z.output<Sections[Name]> | undefined
}
