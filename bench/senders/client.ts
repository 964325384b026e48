// A process that hands messages over with a sender of the product or a bare client, and prints the cost in its only line.
// Argument: the settings of where.ts.

import { bareClient } from './bare.ts'
import { productClient } from './product.ts'
import type { Settings, Spent } from './where.ts'

const { where, side, seconds }: Settings = JSON.parse(process.argv[2] ?? '{}')
const send = await (side === 'bare' ? bareClient(where) : productClient(where))

const sendFor = async (duration: number): Promise<Spent> => {
  const before = process.cpuUsage()
  const end = performance.now() + duration * 1000
  let sent = 0
  const work = async () => {
    while (performance.now() < end) {
      await send()
      sent += 1
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  const { user, system } = process.cpuUsage(before)
  return { sent, cpuSeconds: (user + system) / 1e6 }
}

await sendFor(seconds / 2)
process.stdout.write(`${JSON.stringify(await sendFor(seconds))}\n`, () => process.exit(0))
