/**
 * Attributes that a client sends and Einlass does not have. They are left out, because a refusal would also refuse what is
 * known in the same request. Owns the line in the log about it: one for each attribute of a system, since a first run sends
 * the same attribute for each user.
 */
import type { Log } from '../../platform/kernel/log.ts'

/** @param attribute its name as it was sent, without a filter and without a value */
export type LeaveOut = (attribute: string) => void

/** The names come from clients. */
const mostNoted = 1000
const longestName = 200

/** @returns what notes the attributes of one system */
export function createLeftOut(log: Log): (source: string) => LeaveOut {
  const noted = new Set<string>()
  return (source) => (name) => {
    const attribute = name.slice(0, longestName)
    const key = `${source} ${attribute}`
    if (noted.has(key) || noted.size >= mostNoted) return
    noted.add(key)
    const text = 'A SCIM client sends an attribute that Einlass does not have. It is left out.'
    log.info({ source, attribute }, text)
  }
}
