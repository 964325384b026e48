import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

const root = join(import.meta.dirname, '..', '..')

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'einlass-process-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

function runProcess(command: string, args: string[], cwd: string) {
  const { PATH = '' } = process.env
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    execFile(command, args, { cwd, env: { PATH } }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

test('the script ends with the exit code of the command', async (t) => {
  const cwd = await folderFor(t)
  const einlass = join(root, 'einlass')
  assert.equal((await runProcess(einlass, ['--help'], cwd)).code, 0)
  assert.equal((await runProcess(einlass, ['nonsense'], cwd)).code, 64)
  assert.equal((await runProcess(einlass, ['config', 'check'], cwd)).code, 78)
})

for (const [args, code] of [
  [['nonsense'], 64],
  [['config', 'check'], 78],
] as const) {
  test(`einlass ${args.join(' ')} ends with its own exit code after the reader of standard error has gone`, async (t) => {
    const cwd = await folderFor(t)
    const { PATH = '' } = process.env
    const child = spawn(join(root, 'einlass'), args, { cwd, env: { PATH } })
    child.stderr.destroy()
    assert.deepEqual(await once(child, 'exit'), [code, null])
  })
}

test('the script works through a symbolic link in another folder', async (t) => {
  const cwd = await folderFor(t)
  await symlink(join(root, 'einlass'), join(cwd, 'one'))
  await symlink('one', join(cwd, 'two'))
  const { code, stdout } = await runProcess(join(cwd, 'two'), ['--help'], cwd)
  assert.equal(code, 0)
  assert.match(stdout, /^Usage: einlass COMMAND/)
})

test('the script says what to do when nothing is installed', async (t) => {
  const cwd = await folderFor(t)
  await copyFile(join(root, 'einlass'), join(cwd, 'einlass'))
  await chmod(join(cwd, 'einlass'), 0o755)
  const { code, stderr } = await runProcess(join(cwd, 'einlass'), ['serve'], cwd)
  assert.equal(code, 69)
  assert.match(stderr, /npm ci/)
})

test('another major version of Node is refused before anything else is loaded', async (t) => {
  const cwd = await folderFor(t)
  const pretend = `
    Object.defineProperty(process, 'version', { value: 'v24.1.0' })
    await import(${JSON.stringify(join(root, 'src', 'cli', 'cli.js'))})`
  const args = ['--input-type=module', '--eval', pretend]
  const { code, stderr } = await runProcess(process.execPath, args, cwd)
  assert.equal(code, 69)
  assert.match(stderr, /needs Node 26; this is v24\.1\.0/)
})
