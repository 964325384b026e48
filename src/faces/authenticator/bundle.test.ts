import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { createClassicScript, createScripts } from './bundle.ts'

const modules = (texts: Readonly<Record<string, string>>) => new Map(Object.entries(texts))

test('modules run as one script in the order of their imports, and their local names do not collide', () => {
  const script = createClassicScript(
    modules({
      'a/one.ts':
        "import { two as other } from '../b/two.ts'\nconst own = 1\nfound = own + other()",
      'b/two.ts':
        "import { three,\n four } from './three.ts'\nconst own = 10\nexport function two() { return own + three + four }",
      'b/three.ts': 'export const three = 100\nexport const four = 1000',
    }),
    'a/one.ts',
  )
  const scope = { found: 0 }
  runInNewContext(script, scope)
  assert.equal(scope.found, 1111)
})

test('the bundler refuses unknown forms of import and export, and an import of a missing module', () => {
  for (const text of ["import './two.ts'", 'export default 1', "export * from './two.ts'"]) {
    assert.throws(() => createClassicScript(modules({ 'one.ts': text }), 'one.ts'), /another form/)
  }
  const text = "import { two } from './two.ts'"
  assert.throws(
    () => createClassicScript(modules({ 'one.ts': text }), 'one.ts'),
    /no module two.ts/,
  )
})

test('code for later is in a separate script, with only the modules that the first script lacks', () => {
  const scripts = createScripts(
    modules({
      'app/main.ts': "import { a } from './a.ts'\nconst load = () => import('./screens/late.ts')",
      'app/a.ts': 'export const a = 1',
      'app/screens/late.ts': "import { a } from '../a.ts'\nimport { b } from '../b.ts'",
      'app/b.ts': "export const b = () => import('./library.js')",
    }),
    'app/main.ts',
  )
  const [main = '', late = ''] = [scripts.get('main.js'), scripts.get('late.js')]
  assert.ok(main.includes("import('./late.js').then(() => modules['app/screens/late.ts'])"))
  assert.ok(main.includes("modules['app/a.ts'] ??="))
  assert.ok(late.startsWith("import { modules } from './main.js'"))
  assert.ok(late.includes("modules['app/b.ts'] ??=") && !late.includes("modules['app/a.ts'] ??="))
  assert.ok(late.includes("import('./library.js')"))
})
