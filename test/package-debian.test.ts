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
  const build = async (version: string) =>
    basename(await buildDebianPackage({ ...program, version }, { out, time, level: 1 }))
  packages = { before: await build('0.0.9'), now: await build('0.1.0'), next: await build('0.1.1') }
  machine = await bootMachine(out)
  port = await findPort()
  url = `http://localhost:${port}`
})
after(async () => {
  await machine.end()
  await rm(out, { recursive: true, force: true })
})

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

/** Waits for what takes its time, and gives what it was at last. */
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

test('an installation makes user and folders, and starts nothing', async () => {
  const said = await machine.shell(`dpkg -i /mnt/${packages.before}`)
  assert.match(said, /does not run yet/)
  assert.deepEqual(await show('ActiveState', 'UnitFileState'), ['inactive', 'disabled'])
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

test('with one it starts, says to systemd when it is ready, and a login completes', async () => {
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

test('a reload reads the configuration again; with a mistake in it, it fails and the server goes on', async () => {
  const pid = await findServer()
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

test('a server that was killed, and one that hangs, are started again', async () => {
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

test('an upgrade keeps configuration and data, and restarts a server that runs', async () => {
  const pid = await findServer()
  const said = await machine.shell(`dpkg -i /mnt/${packages.now} </dev/null`)
  assert.doesNotMatch(said, /was not restarted|does not run yet/)
  assert.notEqual((await show('MainPID'))[0], pid)
  assert.match(await machine.shell('cat /etc/einlass/einlass.yaml'), new RegExp(url))
  await untilReady()
  await logInAsErika(url)
})

test('an upgrade whose database needs a migration restarts nothing, and says what to do', async () => {
  const pid = await findServer()
  const forget = `
const { DatabaseSync } = require('node:sqlite')
const db = new DatabaseSync('/var/lib/einlass/einlass.db')
db.exec('delete from kysely_migration where name = (select max(name) from kysely_migration)')`
  await machine.shell(`/usr/lib/einlass/node_modules/.bin/node -e "${forget}"`)
  const said = await machine.shell(`dpkg -i /mnt/${packages.next} </dev/null`)
  assert.match(said, /was not restarted.*einlass backup FILE.*systemctl restart einlass/s)
  assert.deepEqual(await show('MainPID', 'ActiveState'), [`${pid}`, 'active'])
})

test('a removal stops the server; a purge takes the configuration, and leaves the data with a word', async () => {
  await machine.shell('dpkg -r einlass')
  await assert.rejects(fetch(`${url}/livez`))
  assert.match(
    await machine.shell('ls /etc/einlass /var/lib/einlass'),
    /einlass\.yaml.*einlass\.db/s,
  )
  const said = await machine.shell('dpkg -P einlass 2>&1')
  assert.match(said, /stay in \/var\/lib\/einlass/)
  const left = await machine.shell(
    'ls -d /etc/einlass /etc/default/einlass /usr/lib/einlass /etc/systemd/system/*/einlass.service /var/lib/einlass 2>/dev/null || true',
  )
  assert.equal(left, '/var/lib/einlass\n')
  assert.match(await machine.shell('ls /var/lib/einlass'), /einlass\.key/)
})

test('the unit gives the server no more than it needs, by the measure of systemd', () => {
  const text = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', unit], {
    encoding: 'utf8',
  })
  const exposure = Number(/exposure level for einlass\.service: ([\d.]+)/.exec(text)?.[1])
  assert.ok(exposure < 2.5, text)
})

test('the checks of Debian find nothing in what is ours', async () => {
  const own = program.entries.filter(({ path }) => !path.startsWith('node_modules/'))
  const file = await buildDebianPackage({ ...program, entries: own }, { out, time })
  const output = execFileSync('lintian', ['--allow-root', '--fail-on=none', file], {
    encoding: 'utf8',
  })
  assert.equal(output, '')
})
