/**
 * The Chromium of this machine, for tests and for the gallery. Where there is one without a window it is taken: it is the
 * same browser, and needs a third of the work, as it draws no frame around the page.
 */
import { existsSync } from 'node:fs'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
} from 'playwright-core'

const whole = '/usr/bin/chromium'
const withoutWindow = '/usr/bin/chromium-headless-shell'
const found = existsSync(withoutWindow) ? withoutWindow : whole

const options = {
  executablePath: process.env.EINLASS_TEST_CHROMIUM ?? found,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
}

/**
 * @param more further arguments of the command line
 * @param env in place of the environment of the test
 */
export function launchChromium(
  more: readonly string[] = [],
  env?: NodeJS.ProcessEnv,
): Promise<Browser> {
  const given = env && { env: env as Record<string, string> }
  return chromium.launch({ ...options, ...given, args: [...options.args, ...more] })
}

/** With the camera and the push messages, which the one without a window does not have. */
export function launchWholeChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env.EINLASS_TEST_CHROMIUM ?? whole
  return chromium.launch({ ...options, executablePath, args: [...options.args, ...more] })
}

/** With a profile that stays in this folder. */
export function launchProfile(
  folder: string,
  context: BrowserContextOptions,
): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...options, ...context })
}
