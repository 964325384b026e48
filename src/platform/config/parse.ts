/**
 * Checks a configuration that was read: the whole, or one section by itself, so that what is right in it can be looked at
 * although others are wrong.
 */
import type { z } from 'zod'
import type { Tree } from './file.ts'
import { configSchema } from './schema.ts'

type Sections = typeof configSchema.shape

/** For each object that it checks zod makes code first, which costs more than checking a configuration once. */
const once = { jitless: true }

export const parseConfig = (tree: unknown) => configSchema.safeParse(tree, once)

/** `undefined` where it has a mistake. */
export function parseSection<Name extends keyof Sections>(tree: Tree, name: Name) {
  const { data } = configSchema.shape[name].safeParse(tree[name], once)
  return data as z.output<Sections[Name]> | undefined
}
