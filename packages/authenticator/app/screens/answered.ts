/** Shows the answer that another tab of this phone has sent. */

import type { AnsweredHere } from '../../device/account.ts'
import type { makeResult } from '../later-parts.ts'
import type { Words } from '../words.ts'

export function describeAnswered(
  { outcome }: AnsweredHere,
  words: Words,
): Parameters<typeof makeResult>[0] {
  const isApproved = outcome === 'approved'
  const text = isApproved ? words.approvedHere : words.deniedHere
  return { title: words.answeredTitle, text, icon: isApproved ? 'done' : 'stop' }
}
