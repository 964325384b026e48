/**
 * The REST interface of the OpenID Foundation's conformance suite, as far as a run needs it. Owns the addresses, and what is
 * expected of their answers.
 */
import { z } from 'zod'

const moduleSchema = z.object({
  testModule: z.string(),
  variant: z.record(z.string(), z.string()).nullish(),
})

const planSchema = z.object({ id: z.string(), modules: z.array(moduleSchema) })

const startedSchema = z.object({ id: z.string() })

const infoSchema = z.object({
  status: z.string(),
  result: z.string().nullish(),
})

const runnerSchema = z.object({
  browser: z
    .object({
      urls: z.array(z.string()).default([]),
      urlsWithMethod: z.array(z.object({ url: z.string(), method: z.string() })).default([]),
    })
    .default({ urls: [], urlsWithMethod: [] }),
})

const imagesSchema = z.array(
  z.object({ upload: z.string().nullish(), msg: z.string().nullish() }).loose(),
)

const logSchema = z.array(
  z
    .object({ result: z.string().nullish(), msg: z.string().nullish(), src: z.string().nullish() })
    .loose(),
)

export type PlanModule = z.output<typeof moduleSchema>
export type LogEntry = z.output<typeof logSchema>[number]

export interface SuiteOptions {
  /** For example `https://localhost.emobix.co.uk:8443`, without a path. */
  readonly origin: string
  /** Of the suite's user; absent: a suite in development mode, which asks for none. */
  readonly token?: string | undefined
  readonly fetch: typeof fetch
}

export type SuiteApi = ReturnType<typeof createSuiteApi>

/** All calls throw an error that names the address and what the suite said. */
export function createSuiteApi({ origin, token, fetch: send }: SuiteOptions) {
  async function call(path: string, expected: number, init: RequestInit = {}): Promise<unknown> {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(init.headers as Record<string, string> | undefined),
    }
    const response = await send(`${origin}/api/${path}`, { ...init, headers })
    const text = await response.text()
    if (response.status !== expected) {
      throw new Error(`${path}: status ${response.status}: ${text.slice(0, 300)}`)
    }
    return text === '' ? undefined : JSON.parse(text)
  }
  const post = (path: string, expected: number, query: Record<string, string>, body?: unknown) =>
    call(`${path}?${new URLSearchParams(query)}`, expected, {
      method: 'POST',
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return {
    async createPlan(planName: string, variant: Readonly<Record<string, string>>, config: object) {
      const query = { planName, variant: JSON.stringify(variant) }
      return planSchema.parse(await post('plan', 201, query, config))
    },

    async startModule(plan: string, { testModule, variant }: PlanModule): Promise<string> {
      const query = {
        test: testModule,
        plan,
        ...(variant && { variant: JSON.stringify(variant) }),
      }
      return startedSchema.parse(await post('runner', 201, query)).id
    },

    /** For a module that waits in the state CONFIGURED. */
    async goOn(id: string): Promise<void> {
      await call(`runner/${id}`, 200, { method: 'POST' })
    },

    readInfo: async (id: string) => infoSchema.parse(await call(`info/${id}`, 200)),

    /** The addresses that a browser has yet to open. */
    async listAddresses(id: string) {
      const { browser } = runnerSchema.parse(await call(`runner/${id}`, 200))
      return browser.urls.map((url) => ({
        url,
        method: browser.urlsWithMethod.find((one) => one.url === url)?.method ?? 'GET',
      }))
    },

    async noteOpened(id: string, url: string): Promise<void> {
      await post(`runner/browser/${id}/visit`, 204, { url })
    },

    /** Pictures that the module still waits for, with what they have to show. */
    async listPlaceholders(id: string) {
      const images = imagesSchema.parse(await call(`log/${id}/images`, 200))
      return images.flatMap(({ upload, msg }) => (upload ? [{ id: upload, about: msg ?? '' }] : []))
    },

    /** @param picture PNG or JPEG, at most 500 kB */
    async uploadPicture(id: string, placeholder: string, picture: Buffer): Promise<void> {
      const type = picture.subarray(1, 4).toString('latin1') === 'PNG' ? 'png' : 'jpeg'
      await call(`log/${id}/images/${placeholder}`, 200, {
        method: 'POST',
        headers: { 'content-type': 'text/plain;charset=UTF-8' },
        body: `data:image/${type};base64,${picture.toString('base64')}`,
      })
    },

    readLog: async (id: string) => logSchema.parse(await call(`log/${id}`, 200)),

    async cancel(id: string): Promise<void> {
      await call(`runner/${id}`, 200, { method: 'DELETE' })
    },
  }
}
