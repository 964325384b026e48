/** Does the work of one key one after the other, in this process. */

/** Settles as the work does, which begins when all that was asked for before under the key has settled. */
export type InTurn = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/**
 * A queue for each key; a key without work takes no memory. Work that rejects does not stop the work after it.
 *
 *     const inTurn = createTurns()
 *     await inTurn(userId, () => verifyPassword(userId, password))
 */
export function createTurns(): InTurn {
  const turns = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const before = turns.get(key) ?? Promise.resolve()
    const result = before.then(work)
    const turn = result.then(nothing, nothing).then(() => {
      if (turns.get(key) === turn) turns.delete(key)
    })
    turns.set(key, turn)
    return result
  }
}

function nothing(): void {}
