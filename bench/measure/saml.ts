// How many SAML and WS-Federation requests the product answers per CPU second, compared with xml-crypto that only signs the
// same documents: no session, no rule, no record of who entered which app.

import { Agent } from 'node:http'
import { resolve } from 'node:path'
import { measureRate } from '../asking.ts'
import { type Bench, compare, type Figure, interleave } from '../figure.ts'
import { send } from '../logins.ts'
import { makeFolder, type Running, serverCore, startScript } from '../process.ts'
import { packScript } from '../product/packed-script.ts'
import { answers, createQuestion, type Kind, readCookie, readUnsigned } from '../saml/apps.ts'

type Documents = Record<Kind, string>
type Rates = Record<Kind, number>

const kinds = Object.keys(answers) as Kind[]
const flags = ['--min-semi-space-size=16']

export const startProduct = async (): Promise<Running & { folder: string }> => {
  const { folder, remove } = await makeFolder('saml')
  const running = await startScript({
    script: await packScript(resolve(import.meta.dirname, '../saml/product.ts')),
    flags,
    settings: { folder },
    cores: serverCore,
    cleanUp: remove,
  })
  return { ...running, folder }
}

export const startSigner = (documents: Documents): Promise<Running> =>
  startScript({
    script: resolve(import.meta.dirname, '../saml/signer.ts'),
    flags,
    settings: { documents },
    cores: serverCore,
  })

/** The product's answers, without their signatures. */
export const readDocuments = async ({
  url,
  folder,
}: Awaited<ReturnType<typeof startProduct>>): Promise<Documents> => {
  const agent = new Agent()
  const cookie = await readCookie(folder)
  const documents: [Kind, string][] = []
  for (const kind of kinds) {
    const question = createQuestion(kind, url, cookie)
    const { body } = await send(agent, question.url(), { method: 'GET', headers: question.headers })
    documents.push([kind, readUnsigned(kind, body)])
  }
  agent.destroy()
  return Object.fromEntries(documents) as Documents
}

const measure = async (
  { pid, url, close }: Running,
  cookie: string,
  seconds: number,
): Promise<Rates> => {
  try {
    const rates: [Kind, number][] = []
    for (const kind of kinds) {
      rates.push([kind, await measureRate([pid], createQuestion(kind, url, cookie), seconds)])
    }
    return Object.fromEntries(rates) as Rates
  } finally {
    await close()
  }
}

export const measureSaml = async ({ rounds, seconds }: Bench): Promise<Figure[]> => {
  const first = await startProduct()
  const documents = await readDocuments(first).finally(first.close)
  const results = await interleave(
    rounds,
    async () => {
      const product = await startProduct()
      return await measure(product, await readCookie(product.folder), seconds)
    },
    async () => await measure(await startSigner(documents), 'a=b', seconds),
  )
  return kinds.map((kind) =>
    compare({
      name: answers[kind].name,
      unit: '/CPU s',
      reference: 'xml-crypto alone',
      rounds: results.map(({ value, referenceValue }) => ({
        value: value[kind],
        referenceValue: referenceValue[kind],
      })),
      goal: { of: 'ratio', atLeast: 0.7 },
    }),
  )
}
