import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { configFields } from './fields.ts'
import { type LoadedConfig, loadConfig } from './load.ts'
import { formatMistakes, type Mistake } from './mistakes.ts'

interface Given {
  yaml?: string
  env?: Record<string, string>
  files?: Record<string, string>
  serving?: boolean
  mode?: number
  runCommand?: (command: readonly string[]) => string
}

function load({
  yaml,
  env = {},
  files = {},
  serving = false,
  mode,
  runCommand,
}: Given): LoadedConfig {
  const all: Record<string, string> = { ...files, ...(yaml === undefined ? {} : { e: yaml }) }
  const readFile = (path: string) => {
    const text = all[path]
    if (text === undefined) throw new Error('no such file')
    return text
  }
  const file = yaml === undefined ? undefined : 'e'
  const parts = { file, env, readFile, serving, readMode: () => mode }
  return loadConfig({ ...parts, ...(runCommand && { runCommand }) })
}

function expectConfig(given: Given) {
  const loaded = load(given)
  assert.ok(loaded.type === 'ok', JSON.stringify(loaded))
  return loaded.config
}

function findMistakes(given: Given): readonly Mistake[] {
  const loaded = load(given)
  assert.ok(loaded.type === 'mistakes', JSON.stringify(loaded))
  return loaded.mistakes
}

test('an empty configuration gives the defaults', () => {
  const config = expectConfig({})
  assert.deepEqual(config.listen, { host: '127.0.0.1', port: 8080 })
  assert.deepEqual(config.storage, { type: 'sqlite', file: './data/einlass.db' })
  assert.deepEqual(config.sessions, { idle: 3_600_000, absolute: 12 * 3_600_000 })
  assert.deepEqual(config.default_policy, { secondFactor: 'optional', skips: 3, decline: false })
})

test('the environment accepts the default of every key', () => {
  let checked = 0
  for (const { path, variable, node } of configFields) {
    const { default: value } = node
    if (value === undefined) continue
    // Texts are separated by commas, everything else with parts is JSON.
    const isJson = typeof value === 'object' && JSON.stringify(value).includes('{')
    const loaded = load({ env: { [variable]: isJson ? JSON.stringify(value) : `${value}` } })
    const mistakes = loaded.type === 'ok' ? [] : loaded.mistakes
    const own = mistakes.filter((mistake) => mistake.path === path.join('.'))
    assert.deepEqual(own, [], variable)
    checked += 1
  }
  assert.ok(checked > 60, `${checked}`)
})

test('a number with a fraction can come from the environment', () => {
  const endpoint = 'http://127.0.0.1:4318'
  const env = { EINLASS_TELEMETRY_ENDPOINT: endpoint, EINLASS_TELEMETRY_SAMPLE: '0.25' }
  assert.equal(expectConfig({ env }).telemetry?.sample, 0.25)
  const [mistake] = findMistakes({ env: { ...env, EINLASS_TELEMETRY_SAMPLE: 'a quarter' } })
  assert.equal(mistake?.path, 'telemetry.sample')
})

test('a server needs its public address, a command does not', () => {
  assert.equal(expectConfig({}).public_url, undefined)
  const [mistake] = findMistakes({ serving: true })
  assert.equal(mistake?.path, 'public_url')
  assert.match(`${mistake?.found}`, /^nothing: there is no einlass\.yaml in this folder/)
  const [inFile] = findMistakes({ yaml: 'listen: {}', serving: true })
  assert.deepEqual([inFile?.path, inFile?.found], ['public_url', 'nothing'])
})

test('all mistakes are reported at once, each with its line', () => {
  const yaml = [
    'public_url: https://login.example.org/path',
    'listen:',
    '  prot: 80',
    'sessions:',
    '  idle: 8 hours',
    'networks:',
    '  - name: Headquarters',
    '    ranges: [10.0.0.0/8, 10.0.0.0/33]',
    'brand:',
    '  colour: blue',
  ].join('\n')
  const mistakes = findMistakes({ yaml })
  assert.deepEqual(mistakes.map(({ path, line }) => [path, line]).sort(), [
    ['brand.colour', 10],
    ['listen.prot', 3],
    ['networks[0].ranges[1]', 8],
    ['public_url', 1],
    ['sessions.idle', 5],
  ])
  const typo = mistakes.find(({ path }) => path === 'listen.prot')
  assert.equal(typo?.nearest, 'listen.port')
  const colour = mistakes.find(({ path }) => path === 'brand.colour')
  assert.deepEqual([colour?.found, colour?.allowed], ['"blue"', 'a colour such as #0b5089'])
})

test('a misspelled section is checked as well, and mistakes are reported in the order of lines', () => {
  const yaml = [
    'sesions:',
    '  idle: 8 hours',
    '  absolut: 1h',
    'listen: { port: 99999 }',
    'mail:',
    '  from: nobody',
    '  smpt:',
    '    host: mail.example.org',
    '    password: [hunter2]',
    'network:',
    '  - name: Headquarters',
    '    ranges: [10.0.0.0/33]',
  ].join('\n')
  const mistakes = findMistakes({ yaml, env: { EINLASS_LOG_LEVEL: 'loud' }, serving: true })
  assert.deepEqual(
    mistakes.map(({ path, line, nearest }) => [path, line, nearest]),
    [
      ['sesions', 1, 'sessions'],
      ['sesions.idle', 2, undefined],
      ['sesions.absolut', 3, 'sessions.absolute'],
      ['listen.port', 4, undefined],
      ['mail.from', 6, undefined],
      ['mail.smpt', 7, 'mail.smtp'],
      ['mail.smpt.password', 9, undefined],
      ['network', 10, 'networks'],
      ['network[0].ranges[0]', 12, undefined],
      ['log.level', undefined, undefined],
      ['public_url', undefined, undefined],
    ],
  )
  assert.ok(!formatMistakes(mistakes).includes('hunter2'))
})

test('a misspelled list of values is checked as well', () => {
  const mistakes = findMistakes({ yaml: 'trusted_proxie: [127.0.0.1, 10.0.0.0/33]' })
  assert.deepEqual(
    mistakes.map(({ path, nearest }) => [path, nearest]),
    [
      ['trusted_proxie', 'trusted_proxies'],
      ['trusted_proxie[1]', undefined],
    ],
  )
})

test('a key that is missing because of an environment variable names the variable', () => {
  const env = { EINLASS_MAIL_SMTP_PASSWORD: 'secret' }
  const mistakes = findMistakes({ yaml: 'listen: { port: 80 }', env })
  assert.deepEqual(
    mistakes.map(({ path, variable }) => [path, variable]),
    [
      ['mail.from', 'EINLASS_MAIL_SMTP_PASSWORD'],
      ['mail.smtp.host', 'EINLASS_MAIL_SMTP_PASSWORD'],
    ],
  )
})

test('a key in the wrong place names the right place', () => {
  assert.equal(findMistakes({ yaml: 'port: 80' })[0]?.nearest, 'listen.port')
})

test('the absolute lifetime of a session cannot be shorter than its idle lifetime', () => {
  const [mistake] = findMistakes({ yaml: 'sessions: { idle: 2h, absolute: 1h }' })
  assert.equal(mistake?.path, 'sessions.absolute')
  assert.match(mistake?.allowed ?? '', /not shorter than sessions\.idle/)
})

test('an address of PostgreSQL without the type postgres is a mistake, not a SQLite file', () => {
  const url = 'postgres://u:secret@db/einlass'
  for (const storage of [{ url }, { type: 'sqlite', url }]) {
    const [mistake] = findMistakes({ yaml: `storage: ${JSON.stringify(storage)}` })
    assert.equal(mistake?.path, 'storage.type')
    assert.match(mistake?.allowed ?? '', /`postgres`, because storage\.url names/)
  }
})

test('an address of PostgreSQL has one host and can be read, and a wrong one is never shown', () => {
  const check = (url: string, key = 'url') =>
    findMistakes({
      yaml: `storage: ${JSON.stringify({ type: 'postgres', url: 'postgres://db/x', [key]: url })}`,
    })[0]
  const several = [
    'postgres://u:secret@db1:5432,db2:5432/einlass',
    'postgresql://db1,db2/einlass?target_session_attrs=read-write',
    'postgres:///einlass?host=db1,db2',
  ]
  for (const url of several) {
    for (const key of ['url', 'direct_url']) {
      const mistake = check(url, key)
      assert.equal(mistake?.path, `storage.${key}`)
      assert.match(mistake?.allowed ?? '', /^one host\. For several servers/)
      assert.doesNotMatch(JSON.stringify(mistake), /u:secret|db1/)
    }
  }
  assert.match(check('postgres://u:p@db:port/einlass')?.allowed ?? '', /an address such as/)
  for (const url of ['postgres:///einlass?host=/run/postgresql', 'postgres://u:a,b@[::1]:5432/x']) {
    const { storage } = expectConfig({
      yaml: `storage: ${JSON.stringify({ type: 'postgres', url })}`,
    })
    assert.equal(storage.type === 'postgres' && storage.url, url)
  }
})

test('PostgreSQL needs an address', () => {
  assert.equal(findMistakes({ yaml: 'storage: { type: postgres }' })[0]?.path, 'storage.url')
  const env = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL: 'postgres://localhost/x' }
  assert.deepEqual(expectConfig({ env }).storage, {
    ...{ type: 'postgres', url: 'postgres://localhost/x' },
    ...{ connections: 10, wait: 60_000 },
  })
})

test('the environment wins over the file, for every kind of value', () => {
  const config = expectConfig({
    yaml: 'listen: { port: 1 }\nbrand:\n  name: File',
    env: {
      EINLASS_LISTEN_PORT: '9000',
      EINLASS_BRAND_NAME: 'Environment',
      EINLASS_TRUSTED_PROXIES: '10.0.0.1, 10.1.0.0/16',
      EINLASS_NETWORKS: '[{"name":"Home","ranges":["::1"]}]',
      EINLASS_PUSH_CONTEXT_ADDRESS: 'false',
      EINLASS_PUSH_CHALLENGE_LIFETIME: '90s',
      EINLASS_PUSH_SENDERS_HTTP_ALLOWED_ORIGINS: 'http://127.0.0.1:9999',
      EINLASS_DEFAULT_POLICY_SKIP_UNTIL: '2031-01-31',
      EINLASS_LOG_LEVEL: '',
    },
  })
  assert.equal(config.listen.port, 9000)
  assert.equal(config.brand.name, 'Environment')
  assert.deepEqual(config.trusted_proxies, ['10.0.0.1/32', '10.1.0.0/16'])
  assert.deepEqual(config.networks, [
    {
      name: { de: 'Home', en: 'Home' },
      ...{ ranges: ['::1/128'], shared: false, enrolment: false },
    },
  ])
  assert.equal(config.push.context.address, false)
  assert.equal(config.push.challenge_lifetime, 90_000)
  assert.deepEqual(config.push.senders.http.allowed_origins, ['http://127.0.0.1:9999'])
  assert.equal(config.default_policy.skipUntil, '2031-01-31')
  assert.equal(config.log.level, 'info')
})

test('a mistake from the environment names the variable', () => {
  const [mistake] = findMistakes({ env: { EINLASS_LISTEN_PORT: '80 80' } })
  assert.equal(mistake?.variable, 'EINLASS_LISTEN_PORT')
  assert.equal(mistake?.line, undefined)
})

test('no two fields share a variable', () => {
  const variables = configFields.flatMap(({ variable }) => [
    ...[variable, `${variable}_FILE`, `${variable}_CREDENTIAL`, `${variable}_COMMAND`],
  ])
  assert.equal(new Set(variables).size, variables.length)
})

test('an unknown variable is a warning, because orchestrators set variables of their own', () => {
  const loaded = load({ env: { EINLASS_PUBLIC_ULR: 'https://x', EINLASS_CONFIG: 'x' } })
  assert.ok(loaded.type === 'ok')
  assert.equal(loaded.warnings.length, 1)
  assert.match(loaded.warnings[0] ?? '', /EINLASS_PUBLIC_ULR.*EINLASS_PUBLIC_URL/)
})

test('plain http to a public name is a warning', () => {
  const warnings = (url: string) => {
    const loaded = load({ env: { EINLASS_PUBLIC_URL: url } })
    return loaded.type === 'ok' ? loaded.warnings.length : -1
  }
  assert.equal(warnings('http://login.example.org'), 1)
  assert.equal(warnings('http://localhost:8080'), 0)
  assert.equal(warnings('https://login.example.org'), 0)
})

test('an OpenLDAP without lockout_threshold causes a warning, as it does not publish its own', () => {
  const warnings = (more: string) => {
    const yaml = `directories:\n  - name: corp\n    kind: openldap\n    servers: [ldaps://ldap.example]\n    bind_name: cn=einlass\n    bind_password: secret\n    base: dc=example\n${more}`
    const loaded = load({ yaml })
    return loaded.type === 'ok' ? loaded.warnings.map((one) => one.split(':')[1]) : loaded
  }
  assert.deepEqual(warnings(''), [' corp has no lockout_threshold'])
  assert.deepEqual(warnings('    lockout_threshold: 5\n'), [])
})

test('a secret comes from a file', () => {
  const env = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL_FILE: '/run/secret' }
  const config = expectConfig({ env, files: { '/run/secret': 'postgres://u:p@db/einlass\n' } })
  assert.ok(config.storage.type === 'postgres')
  assert.equal(config.storage.url, 'postgres://u:p@db/einlass')
  assert.equal(findMistakes({ env })[0]?.variable, 'EINLASS_STORAGE_URL_FILE')
  const both = { ...env, EINLASS_STORAGE_URL: 'postgres://u:p@db/einlass' }
  assert.equal(findMistakes({ env: both })[0]?.found, 'a second source')
})

test('a secret comes from a credential of systemd', () => {
  const name = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL_CREDENTIAL: 'einlass-db' }
  const env = { ...name, CREDENTIALS_DIRECTORY: '/run/credentials/einlass' }
  const files = { '/run/credentials/einlass/einlass-db': 'postgres://u:p@db/einlass\n' }
  const { storage } = expectConfig({ env, files })
  assert.equal(storage.type === 'postgres' && storage.url, 'postgres://u:p@db/einlass')
  const [missing] = findMistakes({ env: name })
  assert.equal(missing?.variable, 'EINLASS_STORAGE_URL_CREDENTIAL')
  assert.match(`${missing?.found}`, /CREDENTIALS_DIRECTORY is not set/)
  const outside = { ...env, EINLASS_STORAGE_URL_CREDENTIAL: '../x' }
  assert.equal(
    findMistakes({ env: outside, files: { '/run/credentials/x': 'y' } })[0]?.path,
    'storage.url',
  )
})

test('a secret can come from a command, and the failure of the command is reported', () => {
  const env = { EINLASS_STORAGE_TYPE: 'postgres', EINLASS_STORAGE_URL_COMMAND: 'vault read db' }
  const commands: (readonly string[])[] = []
  const runCommand = (command: readonly string[]) => {
    commands.push(command)
    return 'postgres://u:p@db/einlass'
  }
  const { storage } = expectConfig({ env, runCommand })
  assert.equal(storage.type === 'postgres' && storage.url, 'postgres://u:p@db/einlass')
  assert.deepEqual(commands, [['vault', 'read', 'db']])
  const fail = () => {
    throw new Error('the command "vault" ended with exit code 2')
  }
  const [mistake] = findMistakes({ env, runCommand: fail })
  assert.equal(mistake?.found, 'the command "vault" ended with exit code 2')
  const broken = { ...env, EINLASS_STORAGE_URL_COMMAND: '["vault"' }
  assert.equal(findMistakes({ env: broken, runCommand })[0]?.found, 'broken JSON')
  const both = { ...env, EINLASS_STORAGE_URL_FILE: '/run/secret' }
  assert.match(`${findMistakes({ env: both, runCommand })[0]?.allowed}`, /_FILE or .*_COMMAND$/)
  assert.equal(load({ env: { EINLASS_LISTEN_PORT_COMMAND: 'x' } }).warnings.length, 1)
})

test('no mistake shows a secret, in any place where it was written', () => {
  const secret = 'hunter2'
  const url = `postgres://u:${secret}@db/x`
  const given: Given[] = [
    { yaml: `storage: { type: postgres, url: "mysql://u:${secret}@db" }` },
    { yaml: `storage: "${url}"` },
    { yaml: `storage:\n  - ${url}` },
    { yaml: `url: ${url}` },
    { yaml: `storage: { url: { a: "${secret}" } }` },
    { yaml: `public_url: https://u:${secret}@login.example.org` },
    { yaml: `storage: { url: "${url}\\q" }` },
    { yaml: `storage: { url: *${secret} }` },
    { yaml: `storage: { url: !${secret} x }\nstorage: [` },
    { env: { EINLASS_STORAGE_URL: secret } },
    { env: { EINLASS_NETWORKS: `[${secret}` } },
    { env: { EINLASS_STORAGE_URL_FILE: '/s' }, files: { '/s': secret } },
  ]
  for (const one of given) {
    const mistakes = findMistakes(one)
    const text = JSON.stringify(mistakes) + formatMistakes(mistakes)
    assert.ok(!text.includes(secret), text)
  }
})

test('a repeated key is a mistake with its line', () => {
  const [mistake] = findMistakes({ yaml: 'key_file: a\nkey_file: b' })
  assert.deepEqual([mistake?.path, mistake?.line], ['key_file', 2])
})

test('a section with only comments is treated as missing', () => {
  assert.equal(expectConfig({ yaml: 'storage:\n  # type: postgres\n' }).storage.type, 'sqlite')
})

test('an alias bomb, deep nesting and a huge file are mistakes', () => {
  const level = (n: number) =>
    `l${n}: &l${n} [${Array(9)
      .fill(`*l${n - 1}`)
      .join(',')}]`
  const bomb = ['l0: &l0 [x]', ...Array.from({ length: 9 }, (_, n) => level(n + 1))].join('\n')
  for (const yaml of [bomb, '['.repeat(50_000), `{a: ${'['.repeat(5_000)}`, 'x'.repeat(300_000)])
    assert.equal(findMistakes({ yaml }).length > 0, true)
})

test('a file that cannot be read is a mistake', () => {
  const readFile = () => {
    throw new Error('gone')
  }
  assert.equal(loadConfig({ file: 'x', env: {}, readFile }).type, 'mistakes')
})

test('a file that does not exist is reported with its full path', () => {
  const readFile = () => {
    throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
  }
  const loaded = loadConfig({ file: '/etc/nothing.yaml', env: {}, readFile })
  assert.ok(loaded.type === 'mistakes')
  assert.equal(loaded.mistakes[0]?.found, 'there is no file /etc/nothing.yaml')
})

test('mistakes are formatted for a terminal', () => {
  const mistakes = findMistakes({
    yaml: 'listen:\n  prot: 80\n',
    env: { EINLASS_LOG_LEVEL: 'loud' },
  })
  assert.equal(
    formatMistakes(mistakes, 'einlass.yaml'),
    `The configuration has 2 mistakes.

  listen.prot (einlass.yaml, line 2)
    found:   an unknown key
    allowed: the keys host, port
    meant:   listen.port?

  log.level (environment, EINLASS_LOG_LEVEL)
    found:   "loud"
    allowed: one of debug, info, warn, error
`,
  )
})

const keys = fc.oneof(
  fc.constantFrom(...new Set(configFields.flatMap(({ path }) => path)), '__proto__', 'constructor'),
  fc.string(),
)
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 6 }),
  ),
}))

test('any tree of values is a configuration or a list of mistakes', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const loaded = load({ yaml: JSON.stringify(value) })
      if (loaded.type === 'mistakes') {
        assert.ok(loaded.mistakes.length > 0)
        formatMistakes(loaded.mistakes)
      }
    }),
  )
})

test('any text and any environment is a configuration or a list of mistakes', () => {
  const punctuation = fc.constantFrom(
    ...'{}[]:,&*!|>%@`"\'#?- \n\t~',
    'listen',
    'storage',
    'url',
    '1',
  )
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: punctuation }))
  const variables = fc.constantFrom(
    ...configFields.flatMap(({ variable }) => [variable, `${variable}_FILE`]),
  )
  fc.assert(
    fc.property(text, fc.dictionary(variables, text, { maxKeys: 4 }), (yaml, env) => {
      const loaded = load({ yaml, env })
      assert.ok(loaded.type === 'ok' || loaded.mistakes.length > 0)
    }),
  )
})

test('an unknown section with a similar name is reported as one mistake', () => {
  for (const [yaml, guess] of [
    ['logging: { level: info }', undefined],
    ['store: { file: x.db, type: sqlite }', 'storage'],
    ['sesion: { idle: 1h }', 'sessions'],
    ['listn: 8080', 'listen'],
  ] as const) {
    const mistakes = findMistakes({ yaml })
    assert.deepEqual(
      mistakes.map(({ path, nearest }) => [path, nearest]),
      [[yaml.split(':')[0], guess]],
    )
  }
})

test('conflicts between sections and missing keys are reported with all other mistakes', () => {
  const yaml = [
    'listen: { port: 9000, host: 0.0.0.0 }',
    'metrics: { port: 9000 }',
    'brand: { logo: nowhere.svg, colour: blue }',
    'default_policy:',
    '  groups:',
    '    - group: board',
    '    - group: staff',
    '    - group: board',
  ].join('\n')
  const mistakes = findMistakes({ yaml, serving: true })
  assert.deepEqual(
    mistakes.map(({ path, line }) => [path, line]),
    [
      ['metrics.port', 2],
      ['brand.colour', 3],
      ['brand.logo', 3],
      ['default_policy.groups[2].group', 8],
      ['public_url', undefined],
    ],
  )
})

test('the same port on two addresses, or port 0, is not a conflict', () => {
  for (const metrics of ['{ port: 8080, host: 192.0.2.1 }', '{ port: 0 }', '{ port: 8081 }'])
    expectConfig({ yaml: `metrics: ${metrics}` })
  const [same] = findMistakes({ yaml: 'metrics: { port: 8080 }' })
  assert.deepEqual([same?.found, same?.allowed], ['8080', 'another port than listen.port has'])
})

test('a webhook secret that is too short is reported with the allowed length', () => {
  const yaml = 'events: { webhook: { url: https://desk.example.org/, secret: short } }'
  assert.equal(findMistakes({ yaml })[0]?.allowed, 'a text of 16 to 1024 characters')
})

test('a file with secrets that everybody can read causes a warning with their keys', () => {
  const yaml = [
    'storage: { type: postgres, url: "postgres://einlass:geheim@db/einlass" }',
    'mail:',
    '  from: login@example.org',
    '  smtp: { host: mail.example.org, username: u, password: geheim }',
    'push: { senders: { http: { allowed_origins: [https://phones.example] } } }',
  ].join('\n')
  const { warnings } = load({ yaml, mode: 0o644 })
  assert.deepEqual(warnings, [
    'e has the mode 0644: everybody on this machine can read storage.url, mail.smtp.password. Run: chmod 600 e',
  ])
  for (const mode of [0o600, 0o400, 0o640, undefined]) {
    assert.deepEqual(load({ yaml, ...(mode !== undefined && { mode }) }).warnings, [])
  }
  const wrong = load({ yaml: `${yaml}\nlisten: { port: x }`, mode: 0o604 })
  assert.equal(wrong.type, 'mistakes')
  assert.match(wrong.warnings[0] ?? '', /0604/)
})

test('a file without secrets may be read by everybody', () => {
  const without = [
    'public_url: https://login.example.org',
    'storage: { type: postgres, url: "postgres://einlass@db/einlass" }',
    'mail: { smtp: { password: 5 } }',
    '- a',
  ]
  for (const yaml of without) assert.deepEqual(load({ yaml, mode: 0o644 }).warnings, [], yaml)
  const env = { EINLASS_MAIL_SMTP_PASSWORD: 'geheim' }
  const beside = 'mail: { from: a@example.org, smtp: { host: mail.example.org, username: u } }'
  assert.deepEqual(load({ yaml: beside, env, mode: 0o644 }).warnings, [])
})
