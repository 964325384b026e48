/** What a plan has judged so far, and how much can be concluded from a number of faults in which nothing was found. */

export interface Judged {
  /** How often everything was checked, and nothing was found. */
  checks: number
  /** Of those checks. */
  logins: number
  operations: number
}

export interface Tally {
  /** The record of a new scene, which the scene keeps up to date. */
  open(): Judged
  /** The sum over all scenes. */
  read(): Judged
}

export function createTally(): Tally {
  const scenes: Judged[] = []
  const sum = (key: keyof Judged) => scenes.reduce((all, scene) => all + scene[key], 0)
  return {
    open() {
      const scene = { checks: 0, logins: 0, operations: 0 }
      scenes.push(scene)
      return scene
    },
    read: () => ({ checks: sum('checks'), logins: sum('logins'), operations: sum('operations') }),
  }
}

/** The share of runs that miss the error of `describeTrust`. */
const missed = 0.05

/** The largest number N so that an error that one in N faults shows is missed by at most one run in twenty. */
export function findShownShare(faults: number): number {
  return Math.max(1, Math.floor(1 / (1 - missed ** (1 / faults)) + 1e-9))
}

export function describeTrust(faults: number): string {
  if (faults === 0) return 'nothing was tried'
  const count = faults.toLocaleString('en')
  const share = findShownShare(faults)
  const rate = share === 1 ? 'each fault' : `1 in ${share.toLocaleString('en')} faults`
  return `rests on ${count} ${faults === 1 ? 'fault' : 'faults'}: an error that ${rate} shows is missed by 1 such run in 20, a rarer one more often`
}
