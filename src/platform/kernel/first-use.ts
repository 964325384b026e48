/** Something large that many processes never need, or not at their start. A failure is tried again. */
export function onFirstUse<T>(make: () => Promise<T>) {
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
