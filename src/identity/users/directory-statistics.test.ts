import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDirectoryStatistics } from './directory-statistics.ts'
import type { LdapDirectory } from './ldap/member.ts'

type Answer = Awaited<ReturnType<LdapDirectory['find']>>

function openStatistics() {
  const clock = { time: 0 }
  const statistics = createDirectoryStatistics(() => clock.time)
  const answers: Answer[] = []
  const member = { name: 'corp', find: async () => answers.shift() } as unknown as LdapDirectory
  const watched = statistics.watch(member)
  async function ask(answer: object, takes = 0): Promise<void> {
    answers.push(answer as Answer)
    const asked = watched.find('erika')
    clock.time += takes
    await asked
  }
  const read = async (name: string) =>
    (await statistics.metrics.find((one) => one.name === name)?.read()) ?? []
  return { ask, read }
}

test('the last answer decides whether a directory is up, and before it the state is unknown', async () => {
  const { ask, read } = openStatistics()
  const isUp = async () => (await read('einlass_directory_up')).map(({ value }) => value)
  assert.deepEqual(await isUp(), [])
  await ask({ type: 'unavailable', reason: 'away' })
  assert.deepEqual(await isUp(), [0])
  await ask({ type: 'unknown' })
  assert.deepEqual(await isUp(), [1])
})

test('one question that the directory cannot answer does not mark it as down', async () => {
  const { ask, read } = openStatistics()
  await ask({ type: 'unknown' })
  await ask({ type: 'unavailable', reason: 'too long', answersOthers: true })
  assert.deepEqual(await read('einlass_directory_up'), [
    { labels: { directory: 'corp' }, value: 1 },
  ])
  assert.deepEqual(await read('einlass_directory_failures_total'), [
    { labels: { directory: 'corp', reason: 'away' }, value: 0 },
    { labels: { directory: 'corp', reason: 'question' }, value: 1 },
  ])
})

test('the answer time is measured only for answers', async () => {
  const { ask, read } = openStatistics()
  await ask({ type: 'unknown' }, 200)
  await ask({ type: 'unavailable', reason: 'away' }, 5_000)
  const samples = await read('einlass_directory_answer_duration_seconds')
  const last = samples.slice(-2).map(({ metricName, value }) => [metricName, value])
  assert.deepEqual(last, [
    ['einlass_directory_answer_duration_seconds_sum', 0.2],
    ['einlass_directory_answer_duration_seconds_count', 1],
  ])
})
