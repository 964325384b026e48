import { randomBytes } from 'node:crypto'

/**
 * A name for this process among those that serve its database: 8 characters of base64url. Every spent token stores it in its
 * row, so it is short; 48 bits are enough to distinguish the processes of some minutes.
 */
export const newNodeName = (): string => randomBytes(6).toString('base64url')
