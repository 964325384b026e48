/** For tests: the part of Amazon SNS that push needs, on loopback. Checks signatures and messages, keeps endpoints. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AccessKey } from '../../login/factors/push/senders/keys.ts'
import { findSignatureMistake } from '../../login/factors/push/senders/sns/signature.ts'
import { createPlan, listen, makeTrouble, readBody, reply } from './push-service.ts'

export interface Endpoint {
  readonly arn: string
  readonly application: string
  token: string
  enabled: boolean
  userData: string
}

export interface Published {
  readonly arn: string
  /** The messages of the platforms, each read from its text. */
  readonly message: Readonly<Record<string, unknown>>
  readonly attributes: Readonly<Record<string, string>>
}

/** An error as SNS sends it. */
class Refusal extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status = 400) {
    super(message)
    this.code = code
    this.status = status
  }
}

const invalid = (parameter: string, reason: string) =>
  new Refusal('InvalidParameter', `Invalid parameter: ${parameter} Reason: ${reason}`)

const region = 'eu-central-1'
export const googleApplication = `arn:aws:sns:${region}:123456789012:app/GCM/Login`
export const appleApplication = `arn:aws:sns:${region}:123456789012:app/APNS/Login`
const key: AccessKey = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret/of+the/stand-in' }

export async function startSns() {
  const plan = createPlan()
  const endpoints: Endpoint[] = []
  const published: Published[] = []
  /** Names of the actions, in order. */
  const actions: string[] = []

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!(error instanceof Refusal)) plan.mistakes.push(String(error))
      const refusal = error instanceof Refusal ? error : new Refusal('InternalError', '', 500)
      reply(response, refusal.status, xml, errorXml(refusal))
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const form = new URLSearchParams(body.toString())
    const action = form.get('Action') ?? ''
    actions.push(action)
    if (makeTrouble(plan, response)) return
    const mistake = findSignatureMistake(request, body, { key, region })
    if (mistake !== undefined) {
      plan.mistakes.push(mistake)
      throw new Refusal(mistake, 'no', 403)
    }
    if (form.get('Version') !== '2010-03-31') throw new Error('another version')
    reply(response, 200, xml, resultXml(action, perform(action, form)))
  }

  function perform(action: string, form: URLSearchParams): string {
    if (action === 'CreatePlatformEndpoint') return create(form)
    if (action === 'SetEndpointAttributes') return set(form)
    if (action === 'Publish') return publish(form)
    throw new Error(`the action ${action}`)
  }

  function create(form: URLSearchParams): string {
    const application = form.get('PlatformApplicationArn') ?? ''
    const token = form.get('Token') ?? ''
    checkToken(application, token)
    const there = endpoints.find((one) => one.application === application && one.token === token)
    if (there !== undefined && there.userData !== (form.get('CustomUserData') ?? '')) {
      throw invalid(
        'Token',
        `Endpoint ${there.arn} already exists with the same Token, but different attributes.`,
      )
    }
    const endpoint = there ?? addEndpoint({ application, token })
    return `<EndpointArn>${endpoint.arn}</EndpointArn>`
  }

  function addEndpoint(from: Pick<Endpoint, 'application' | 'token'>): Endpoint {
    const arn = `${from.application.replace(':app/', ':endpoint/')}/${crypto.randomUUID()}`
    const endpoint = { ...from, arn, enabled: true, userData: '' }
    endpoints.push(endpoint)
    return endpoint
  }

  function find(arn: string | null): Endpoint {
    const endpoint = endpoints.find((one) => one.arn === arn)
    if (endpoint === undefined) throw new Refusal('NotFound', 'Endpoint does not exist', 404)
    return endpoint
  }

  function set(form: URLSearchParams): string {
    const endpoint = find(form.get('EndpointArn'))
    const attributes = readEntries(form, 'Attributes', 'key', 'value')
    endpoint.enabled = attributes.Enabled === 'true'
    endpoint.token = attributes.Token ?? endpoint.token
    return ''
  }

  function publish(form: URLSearchParams): string {
    const arn = form.get('TargetArn')
    const endpoint = endpoints.find((one) => one.arn === arn)
    if (endpoint === undefined) {
      throw invalid('TargetArn', 'No endpoint found for the target arn specified')
    }
    if (!endpoint.enabled || sns.staysOff)
      throw new Refusal('EndpointDisabled', 'Endpoint is disabled')
    published.push({
      arn: endpoint.arn,
      message: readMessage(form),
      attributes: readEntries(form, 'MessageAttributes', 'Name', 'Value.StringValue'),
    })
    return '<MessageId>1</MessageId>'
  }

  const sns = {
    origin: `http://127.0.0.1:${await listen(server)}`,
    region,
    credentials: key,
    plan,
    endpoints,
    published,
    actions,
    addEndpoint,
    /** Endpoints read as switched off, whatever was set. */
    staysOff: false,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return sns
}

function checkToken(application: string, token: string): void {
  if (application !== googleApplication && application !== appleApplication) {
    throw new Refusal('NotFound', 'PlatformApplication does not exist', 404)
  }
  if (application === appleApplication && !/^([0-9a-fA-F]{2}){32,100}$/.test(token)) {
    throw invalid('Token', 'iOS device tokens …')
  }
}

const xml = { 'content-type': 'text/xml' }
const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/'

function resultXml(action: string, result: string): string {
  return `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`
}

export function errorXml({ code, message }: { code: string; message: string }): string {
  return `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`
}

/** The message of each platform, and the default text. Throws when SNS or a platform would refuse it. */
function readMessage(form: URLSearchParams): Record<string, unknown> {
  if (form.get('MessageStructure') !== 'json') throw new Error('a message without structure')
  if (form.get('Subject') !== null) throw new Error('a subject')
  const texts = JSON.parse(form.get('Message') ?? '') as Record<string, string>
  if (Object.keys(texts).toSorted().join() !== 'APNS,APNS_SANDBOX,GCM,default') {
    throw new Error('other platforms')
  }
  const { default: text, ...platforms } = texts
  const tooLong = Object.values(platforms).some((value) => Buffer.byteLength(value) > 4096)
  if (tooLong) throw new Error('too long')
  const read = Object.entries(platforms).map(([name, value]) => [name, JSON.parse(value)])
  return { default: text, ...Object.fromEntries(read) }
}

/** `Attributes.entry.1.key` and `Attributes.entry.1.value`, and so on. */
function readEntries(
  form: URLSearchParams,
  list: string,
  nameKey: string,
  valueKey: string,
): Record<string, string> {
  const entries: Record<string, string> = {}
  for (let index = 1; ; index += 1) {
    const name = form.get(`${list}.entry.${index}.${nameKey}`)
    if (name === null) return entries
    entries[name] = form.get(`${list}.entry.${index}.${valueKey}`) ?? ''
  }
}
