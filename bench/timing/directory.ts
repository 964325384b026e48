// A private OpenLDAP beside the local users, with people of a separate kind.

import type { Scope } from '../../src/dev/test-support/on-each-engine.ts'
import { describeSlapd } from '../../test/support/directory-scene.ts'
import { startSlapd } from '../../test/support/slapd.ts'
import { userPassword } from '../logins.ts'

type End = () => unknown

/** Their kind is `person`. */
export const startDirectory = async (
  count: number,
): Promise<{ config: object; close: () => Promise<void> }> => {
  const ends: End[] = []
  const scope: Scope = { after: (end) => void ends.push(end as End) }
  const slapd = await startSlapd(scope)
  for (let index = 0; index < count; index += 1)
    await slapd.addPerson(`person-${index}`, userPassword)
  const directory = await describeSlapd(scope, slapd)
  return {
    config: { directories: [{ name: 'local', kind: 'local' }, directory] },
    close: async () => {
      for (const end of ends.toReversed()) await end()
    },
  }
}
