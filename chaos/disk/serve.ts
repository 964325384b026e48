/** Answers the kernel's requests about the files, until the connection ends or the power is cut. Runs in a thread of its own. */
import { closeSync, readSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createChoices } from '../load/random.ts'
import { createAnswers } from './answers.ts'
import { openControls } from './controls.ts'
import { createFiles, FileError } from './files.ts'
import { operations as known, type Request, readRequest, requestLimit, writeReply } from './wire.ts'

const nothing = Buffer.alloc(0)
const notImplemented = 38

const controls = openControls(workerData)
const limits = {
  get capacity() {
    return controls.capacity
  },
}
const files = createFiles(limits)
const answers = createAnswers(files, controls)
/** These get no reply. */
const silent = new Set<number>([known.forget, known.batchForget, known.interrupt])

export interface CutMessage {
  readonly seed: number
  /** The probability that unflushed data survives. */
  readonly survival: number
}

parentPort?.on('message', ({ fd, cut }: { fd?: number; cut?: CutMessage }) => {
  if (cut !== undefined) {
    const { next } = createChoices(cut.seed)
    files.cut(() => next() < cut.survival)
    parentPort?.postMessage('cut')
  }
  if (fd === undefined) return
  serve(fd)
  parentPort?.postMessage('ended')
})

function serve(fd: number): void {
  const buffer = Buffer.alloc(requestLimit)
  for (;;) {
    const length = read(fd, buffer)
    if (length === undefined || controls.isUnplugged) {
      closeSync(fd)
      return
    }
    const request = readRequest(buffer.subarray(0, length))
    // A process that waits for an answer now waits for ever.
    if (controls.isOff || silent.has(request.operation)) continue
    answer(fd, request)
  }
}

function read(fd: number, buffer: Buffer): number | undefined {
  for (;;) {
    try {
      return readSync(fd, buffer)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === 'ENODEV') return undefined
      // A cancelled request, or a signal.
      if (code !== 'ENOENT' && code !== 'EINTR' && code !== 'EAGAIN') throw error
    }
  }
}

function answer(fd: number, request: Request): void {
  const { unique, operation } = request
  let reply: Buffer
  try {
    const work = answers.get(operation)
    reply =
      work === undefined
        ? writeReply(unique, notImplemented, nothing)
        : writeReply(unique, 0, work(request))
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    reply = writeReply(unique, error.code, nothing)
  }
  try {
    writeSync(fd, reply)
  } catch (error) {
    // The process that sent the request was killed meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}
