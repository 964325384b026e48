/** A thread that computes one digest of SHA-crypt and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { putThreadBehindLoop } from '../hash-threads.ts'
import { deriveShaCrypt, type ShaCryptInput } from './sha-crypt-digest.ts'

putThreadBehindLoop()
parentPort?.postMessage(await deriveShaCrypt(workerData as ShaCryptInput))
