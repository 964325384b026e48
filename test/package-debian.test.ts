// The Debian package on a machine with a systemd that runs: from the installation to the purge, as an administrator does it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildDebianPackage } from '../scripts/packaging/debian.ts'
import { gatherProgram, type Program } from '../scripts/packaging/program-files.ts'
import type { Entry } from '../scripts/packaging/tar.ts'
import { findPort } from '../scripts/testing/ports.ts'
import { bootMachine, type Machine } from './support/machine.ts'
import { erika, logInAsErika } from './support/packed-login.ts'

const root = resolve(import.meta.dirname, '..')
const unit = resolve(root, 'packaging/systemd/einlass.service')
const time = 1_700_000_000

let out: string
let program: Program
/** Names of the files, by version. */
let packages: Readonly<Record<'before' | 'now' | 'next', string>>
let machine: Machine
let url: string
let port: number

before(async () => {
  out = await mkdtemp(join(tmpdir(), 'einlass-debian-'))
  program = await gatherProgram(root, time)
  const build = async (version: string, entries = program.entries) =>
    basename(await buildDebianPackage({ ...program, version, entries }, { out, time, level: 1 }))
  packages = {
    before: await build('0.0.9'),
    now: await build('0.1.0'),
    next: await build('0.1.1', changeProgram(program.entries)),
  }
  machine = await bootMachine(out)
  port = await findPort()
  url = `http://localhost:${port}`
})
after(async () => {
  await machine.end()
  await rm(out, { recursive: true, force: true })
})

/** As after any change of the sources: other names of the parts of the program; and a migration that the database lacks. */
function changeProgram(entries: readonly Entry[]): Entry[] {
  const isPart = ({ path }: Entry) => /^src\/bundle\/.+-[\w-]{8}\.js$/.test(path)
  const names = new Set(entries.filter(isPart).map(({ path }) => basename(path)))
  assert.ok(names.size > 50, `${names.size} parts`)
  const rename = (text: string) =>
    text.replaceAll(/[\w-]+-[\w-]{8}\.js/g, (name) => (names.has(name) ? `next-${name}` : name))
  const changed = entries.map((entry): Entry => {
    if (entry.type !== 'file' || !entry.path.startsWith('src/bundle/')) return entry
    return { ...entry, path: rename(entry.path), content: rename(`${entry.content}`) }
  })
  const migration = 'src/platform/storage/migrations/999-next.ts'
  return [...changed, { path: migration, type: 'file', mode: 0o644, content: '' }]
}

/** Values of the service, as systemd has them. */
async function show(...names: string[]): Promise<string[]> {
  const text = await machine.shell(`systemctl show -p ${names.join(',')} einlass`)
  const values = new Map(text.split('\n').map((line) => line.split('=', 2) as [string, string]))
  return names.map((name) => values.get(name) ?? '')
}

async function findServer(): Promise<string> {
  const [pid = ''] = await show('MainPID')
  assert.match(pid, /^[1-9]/)
  return pid
}

/** Reads a value until it is as expected or a minute has passed, and gives the last one. */
async function until<T>(read: () => Promise<T>, is: (value: T) => boolean): Promise<T> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const value = await read()
    if (is(value)) return value
    await sleep(100)
  }
  return await read()
}

const untilReady = () =>
  until(
    () =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (isReady) => isReady,
  )

/** What programs run from, in order of versions. */
const listCopies = async () =>
  (await machine.shell('ls /usr/lib/einlass-copies | grep -v newest')).trim()

/** Sends one request after the other until `end` is called, and gives each status that occurred. */
function watchReadiness() {
  const found = new Set<number>()
  let goesOn = true
  const ask = async () => {
    do found.add((await fetch(`${url}/readyz`)).status)
    while (goesOn)
  }
  const end = () => {
    goesOn = false
  }
  return { end, found: ask().then(() => found) }
}

test('an installation creates the user and the folders, and starts nothing', async () => {
  const said = await machine.shell(`dpkg -i /mnt/${packages.before}`)
  assert.match(said, /does not run yet/)
  assert.deepEqual(await show('ActiveState', 'UnitFileState'), ['inactive', 'disabled'])
  assert.match(await machine.shell('einlass phone --help'), /^ {2}einlass phone scan/m)
  const owners = await machine.shell(
    'stat -c "%U:%G %a %n" /var/lib/einlass /etc/einlass/einlass.yaml /etc/default/einlass; ls -A /var/lib/einlass',
  )
  assert.equal(
    owners,
    'einlass:einlass 700 /var/lib/einlass\nroot:einlass 640 /etc/einlass/einlass.yaml\nroot:einlass 640 /etc/default/einlass\n',
  )
})

test('without a configuration the service does not start, and systemd does not try again', async () => {
  await assert.rejects(machine.shell('systemctl start einlass'))
  assert.deepEqual(await show('ActiveState', 'ExecMainStatus', 'NRestarts'), ['failed', '78', '0'])
  assert.equal(await machine.shell('ls -A /var/lib/einlass'), '')
})

test('with a configuration the service starts, notifies systemd when it is ready, and a login completes', async () => {
  await machine.shell(`cat >> /etc/einlass/einlass.yaml <<'TEXT'
public_url: ${url}
default_policy: { second_factor: none }
TEXT
sed -i 's/port: 8080/port: ${port}/' /etc/einlass/einlass.yaml
systemctl enable --now einlass`)
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const [state, sub, pid = ''] = await show('ActiveState', 'SubState', 'MainPID')
  assert.deepEqual([state, sub], ['active', 'running'])
  assert.equal((await machine.shell(`stat -c %U /proc/${pid}`)).trim(), 'einlass')
  await machine.shell(
    `echo '${erika.password}' | einlass user add ${erika.username} --display-name Erika --password-stdin`,
  )
  await logInAsErika(url)
  // Nobody else can put code there, and the service none where commands of root look for it.
  assert.notEqual(await machine.shell('ls /var/cache/einlass'), '')
  assert.equal(await machine.shell('stat -c "%U %a" /var/cache/einlass'), 'einlass 700\n')
  const files = await machine.shell('stat -c "%U %a %n" /var/lib/einlass/*')
  for (const line of files.trim().split('\n')) assert.match(line, /^einlass [46]00 /)
})

test('a reload reads the configuration again, and fails for a wrong one while the server continues', async () => {
  const pid = await findServer()
  // A small installation has no such program.
  await machine.shell('rm -f /usr/bin/kill')
  await machine.shell('systemctl reload einlass')
  const journal = () => machine.shell('journalctl -u einlass --no-pager -o cat')
  assert.match(await until(journal, (text) => /was read again/.test(text)), /was read again/)
  await machine.shell(
    'cp /etc/einlass/einlass.yaml /root/; echo "sesions: 1" >> /etc/einlass/einlass.yaml',
  )
  await assert.rejects(machine.shell('systemctl reload einlass'))
  await machine.shell('cat /root/einlass.yaml > /etc/einlass/einlass.yaml')
  assert.deepEqual(await show('ActiveState', 'MainPID'), ['active', `${pid}`])
})

test('systemd restarts a server that was killed and a server that hangs', async () => {
  const first = await findServer()
  await machine.shell(`kill -9 ${first}`)
  const isOther = ([pid, state]: string[]) => pid !== first && pid !== '0' && state === 'active'
  const [second = ''] = await until(() => show('MainPID', 'ActiveState'), isOther)
  assert.notEqual(second, first)

  await machine.shell(`mkdir -p /run/systemd/system/einlass.service.d
printf '[Service]\\nWatchdogSec=5\\n' > /run/systemd/system/einlass.service.d/soon.conf
systemctl daemon-reload
systemctl restart einlass`)
  const third = await findServer()
  await sleep(6000)
  assert.deepEqual(
    await show('MainPID', 'ActiveState'),
    [third, 'active'],
    'it says that it is alive',
  )
  await machine.shell(`kill -STOP ${third}`)
  const isAgain = ([pid, state]: string[]) => pid !== third && pid !== '0' && state === 'active'
  assert.ok(isAgain(await until(() => show('MainPID', 'ActiveState'), isAgain)))
  await untilReady()
})

test('an upgrade keeps configuration and data, and restarts a running server', async () => {
  const pid = await findServer()
  const said = await machine.shell(`dpkg -i /mnt/${packages.now} </dev/null`)
  assert.doesNotMatch(said, /was not restarted|does not run yet/)
  assert.notEqual((await show('MainPID'))[0], pid)
  assert.match(await machine.shell('cat /etc/einlass/einlass.yaml'), new RegExp(url))
  await untilReady()
  assert.match(await listCopies(), /^0\.1\.0\.\w+$/, 'nothing is left of the package of before')
})

test('an upgrade that requires a database migration restarts nothing, and says what to do', async () => {
  const pid = await findServer()
  const upgrade = machine.shell(`dpkg -i /mnt/${packages.next} </dev/null`)
  const watch = watchReadiness()
  const said = await upgrade.finally(watch.end)
  assert.match(said, /was not restarted.*einlass backup FILE.*systemctl restart einlass/s)
  assert.deepEqual(await show('MainPID', 'ActiveState'), [`${pid}`, 'active'])
  assert.deepEqual(await watch.found, new Set([200]))
})

test('a server of the earlier package continues to run, even with modules that it had not loaded yet', async () => {
  assert.equal((await fetch(`${url}/readyz`)).status, 200)
  const paths = ['/authenticator', '/oidc/.well-known/openid-configuration', '/saml/metadata']
  for (const path of paths) assert.equal((await fetch(`${url}${path}`)).status, 200, path)
  assert.equal((await fetch(`${url}/scim/v2/Users`)).status, 401)
  await logInAsErika(url)
  assert.match(await listCopies(), /^0\.1\.0\.\w+\n0\.1\.1\.\w+$/)
})

test('a downgrade restarts the earlier version, and removes the copy that no process runs', async () => {
  const pid = await findServer()
  await machine.shell(`dpkg -i /mnt/${packages.now} </dev/null 2>&1`)
  assert.notEqual((await show('MainPID'))[0], pid)
  await untilReady()
  assert.match(await listCopies(), /^0\.1\.0\.\w+$/)
})

test('a removal stops the server, and a purge deletes the configuration but leaves the data and says so', async () => {
  await machine.shell('dpkg -r einlass')
  await assert.rejects(fetch(`${url}/livez`))
  assert.match(
    await machine.shell('ls /etc/einlass /var/lib/einlass'),
    /einlass\.yaml.*einlass\.db/s,
  )
  const said = await machine.shell('dpkg -P einlass 2>&1')
  assert.match(said, /stay in \/var\/lib\/einlass/)
  const left = await machine.shell(
    'ls -d /etc/einlass /etc/default/einlass /usr/lib/einlass /usr/lib/einlass-copies /etc/systemd/system/*/einlass.service /var/lib/einlass 2>/dev/null || true',
  )
  assert.equal(left, '/var/lib/einlass\n')
  assert.match(await machine.shell('ls /var/lib/einlass'), /einlass\.key/)
})

test('systemd-analyze rates the exposure of the unit below 2.5', () => {
  const text = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  })
  const exposure = Number(/exposure level for einlass\.service: ([\d.]+)/.exec(text)?.[1])
  assert.ok(exposure < 2.5, text)
})

test('lintian finds nothing in the files of Einlass', async () => {
  const own = program.entries.filter(({ path }) => !path.startsWith('node_modules/'))
  const file = await buildDebianPackage({ ...program, entries: own }, { out, time })
  const output = execFileSync('lintian', ['--allow-root', '--fail-on=none', file], {
    encoding: 'utf8',
  })
  assert.equal(output, '')
})
