/**
 * Reports the state of this process to the service manager of the system (sd_notify of systemd): ready, going down, reading
 * its configuration again, still answering. Owns how a message gets there. Without a service manager that wants these
 * messages, nothing happens.
 */
import { write } from 'node:fs'
import { promisify } from 'node:util'
import type { Log } from './log.ts'

export interface ServiceManager {
  /** From here on the service manager also learns, again and again, that the process still answers, if it wants to. */
  ready(): Promise<void>
  /** `ready` follows. */
  reloading(): Promise<void>
  /** Nothing follows. */
  stopping(): Promise<void>
}

export interface ServiceManagerOptions {
  readonly env: NodeJS.ProcessEnv
  readonly pid: number
  readonly log: Log
  /** Microseconds of the clock that never goes back. Absent: the system's. */
  readonly now?: () => bigint
}

/** Carries a message; rejects when it cannot. */
type Channel = (message: string) => Promise<void>

const systemNow = () => process.hrtime.bigint() / 1000n

export function createServiceManager(options: ServiceManagerOptions): ServiceManager {
  const { env, pid, log, now = systemNow } = options
  const channel = findChannel(env, pid)
  const interval = readWatchInterval(env, pid)
  let isWatched = false
  let isStopping = false

  async function say(message: string): Promise<void> {
    await channel?.(message).catch((error: unknown) => {
      log.warn({ error }, 'the service manager could not be notified')
    })
  }

  return {
    async ready() {
      if (isStopping) return
      await say('READY=1')
      if (isWatched || channel === undefined || interval === undefined) return
      isWatched = true
      setInterval(() => say('WATCHDOG=1'), interval).unref()
    },
    async reloading() {
      if (isStopping) return
      await say(`RELOADING=1\nMONOTONIC_USEC=${now()}`)
    },
    async stopping() {
      isStopping = true
      await say('STOPPING=1')
    },
  }
}

/** The first descriptor that a service manager hands over (sd_listen_fds). */
const firstDescriptor = 3

/**
 * Node opens no datagram sockets of the system itself. So the unit lets systemd open the socket to itself (`OpenFile=`,
 * named `notify`). Without that socket, or when it takes nothing any more, the program systemd-notify carries each message.
 */
function findChannel(env: NodeJS.ProcessEnv, pid: number): Channel | undefined {
  const { LISTEN_PID, LISTEN_FDNAMES = '', NOTIFY_SOCKET } = env
  const byProgram = NOTIFY_SOCKET ? createProgramChannel(env) : undefined
  const place = LISTEN_PID === `${pid}` ? LISTEN_FDNAMES.split(':').indexOf('notify') : -1
  if (place === -1) return byProgram
  const send = promisify(write)
  return async (message) => {
    try {
      await send(firstDescriptor + place, Buffer.from(message))
    } catch (error) {
      if (byProgram === undefined) throw error
      await byProgram(message)
    }
  }
}

function createProgramChannel({ PATH, NOTIFY_SOCKET }: NodeJS.ProcessEnv): Channel {
  return async (message) => {
    const { execFile } = process.getBuiltinModule('node:child_process')
    await promisify(execFile)('systemd-notify', message.split('\n'), {
      env: { PATH, NOTIFY_SOCKET },
      timeout: 5000,
    })
  }
}

/** Milliseconds; half of what the service manager allows. `undefined`: nobody watches this process. */
function readWatchInterval(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const { WATCHDOG_USEC, WATCHDOG_PID = `${pid}` } = env
  const microseconds = Number(WATCHDOG_USEC)
  return WATCHDOG_PID === `${pid}` && microseconds > 0 ? microseconds / 2000 : undefined
}
