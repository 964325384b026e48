/** Something large that many processes never need, or not at their start. */

export interface OnFirstUse<T> {
  readonly isMade: () => boolean
  /** Makes it at the first call. A failure is tried again. */
  get(): Promise<T>
}

export function onFirstUse<T>(make: () => Promise<T>): OnFirstUse<T> {
  let made: Promise<T> | undefined
  return {
    isMade: () => made !== undefined,
    get(): Promise<T> {
      made ??= make().catch((error: unknown) => {
        made = undefined
        throw error
      })
      return made
    },
  }
}
