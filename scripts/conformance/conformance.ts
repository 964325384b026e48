/**
 * Drives a running conformance suite of the OpenID Foundation against a running Einlass, and writes tables of the results.
 *
 *   npm run conformance -- --suite https://localhost.emobix.co.uk:8443 --config einlass.yaml --user erika --plan basic
 *
 * docs/conformance.md says what has to run before.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../../src/platform/kernel/clock.ts'
import { launchChromium } from '../../test/support/browser.ts'
import { createCertificate } from '../../test/support/certificate.ts'
import { createAlias } from './apps.ts'
import { openModuleBrowser } from './module-browser.ts'
import { plans } from './plans.ts'
import { rotateKeys } from './rotate-keys.ts'
import { runPlans } from './run-plans.ts'
import { createSuiteApi } from './suite-api.ts'
import { isClean, writeTables } from './table.ts'

const { values } = parseArgs({
  options: {
    suite: { type: 'string' },
    config: { type: 'string', default: 'einlass.yaml' },
    url: { type: 'string' },
    user: { type: 'string' },
    plan: { type: 'string', multiple: true },
    output: { type: 'string', default: 'conformance.md' },
    minutes: { type: 'string', default: '10' },
  },
})

const usage = `npm run conformance -- --suite URL --url URL --user NAME [--config FILE] [--plan NAME …] [--output FILE] [--minutes N]
  --suite    where the suite runs
  --url      where people reach Einlass (public_url)
  --user     who logs in; the password is in EINLASS_CONFORMANCE_PASSWORD
  --config   the configuration of Einlass, for its commands on this machine; else einlass.yaml
  --plan     one or more of: ${Object.keys(plans).join(', ')}; else all
  --output   where the tables go; else conformance.md
  --minutes  the longest time of a module; else 10
A suite that asks who runs it gets the token in EINLASS_CONFORMANCE_TOKEN. A suite with a certificate of its own needs
NODE_EXTRA_CA_CERTS.`

function readOptions() {
  const { EINLASS_CONFORMANCE_PASSWORD: password, EINLASS_CONFORMANCE_TOKEN: token } = process.env
  const { suite, url, user, plan: names = Object.keys(plans) } = values
  const wanted = names.map((name) => [name, plans[name]] as const)
  const unknown = wanted.filter(([, plan]) => plan === undefined).map(([name]) => name)
  if (!suite || !url || !user || !password || unknown.length > 0) {
    if (unknown.length > 0) console.error(`There is no plan ${unknown.join(', ')}.`)
    console.error(usage)
    process.exit(64)
  }
  return {
    origin: new URL(suite).origin,
    publicUrl: new URL(url).origin,
    user: { username: user, password },
    token,
    wanted: wanted.flatMap(([name, plan]) => (plan === undefined ? [] : [[name, plan] as const])),
  }
}

async function einlass(args: readonly string[], stdin = ''): Promise<string> {
  const command = resolve(import.meta.dirname, '../../src/cli/cli.js')
  const started = spawn(process.execPath, [command, ...args, '--config', values.config])
  started.stdin.end(stdin)
  const [output, error, [code]] = await Promise.all([
    text(started.stdout),
    text(started.stderr),
    once(started, 'close'),
  ])
  if (code !== 0) throw new Error(`einlass ${args.slice(0, 2).join(' ')}: ${error.trim()}`)
  return output
}

const sleep = async (milliseconds: number) => void (await wait(milliseconds))

async function main(): Promise<void> {
  const { origin, publicUrl, user, token, wanted } = readOptions()
  const browser = await launchChromium()
  const results = await runPlans(
    {
      setup: {
        ...{ einlass, publicUrl, suite: origin, alias: createAlias(publicUrl) },
        createCertificate,
        username: user.username,
      },
      run: {
        api: createSuiteApi({ origin, token, fetch }),
        openBrowser: (module) =>
          openModuleBrowser({ browser, origin, user }, /user-rejects/.test(module)),
        rotateKeys: () => rotateKeys({ einlass, publicUrl, fetch, wait: sleep }),
        askPerson: (module) => console.log(`${module}: answer on the phone of ${user.username}.`),
        clock: systemClock,
        wait: sleep,
        longest: Number(values.minutes) * 60_000,
      },
      tell: (line) => console.log(line),
      save: (done) => writeFile(values.output, writeTables(done)),
    },
    wanted,
  )
  await browser.close()
  console.log(`\n${writeTables(results)}`)
  process.exitCode = isClean(results) ? 0 : 1
}

await main()
