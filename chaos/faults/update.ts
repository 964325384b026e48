/** An update without downtime: first the database, under servers of the previous release, then one server after the other. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inheritEnv } from '../../test/support/installation.ts'
import type { Scene } from '../scene.ts'
import { findProgram } from '../stage/stage.ts'

const run = promisify(execFile)

/** @param nodes the number of servers; all run the previous release */
export async function updateOnce(scene: Scene, nodes: number): Promise<void> {
  const { stage, crowd, choices } = scene
  const program = await findProgram()
  crowd.resume()
  await scene.untilLogin()
  await run(process.execPath, [program, 'migrate', '--config', stage.findConfig(0)], {
    env: inheritEnv(),
  })
  await scene.untilLogin()
  await crowd.settle()
  await scene.check()
  for (let index = 0; index < nodes; index += 1) {
    crowd.resume()
    await scene.untilLogin()
    scene.history.reopen()
    // The server ends with or without warning.
    await stage.running(index)?.end(choices.isTrue(0.5) ? 'SIGKILL' : 'SIGTERM')
    await (await stage.start(index, program)).ready
    await scene.untilLogin()
    await crowd.settle()
    await scene.check()
  }
}
