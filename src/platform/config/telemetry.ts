/** The section `telemetry`: which OpenTelemetry collector gets traces and metrics. */
import { z } from 'zod'
import { duration, isLoopback, text, webAddress } from './values.ts'

export const telemetrySchema = z
  .strictObject({
    endpoint: webAddress.describe(
      'The address of the collector (OTLP over HTTP) without `/v1/traces`, for example `http://127.0.0.1:4318`.',
    ),
    authorization: text(4096)
      .meta({ writeOnly: true })
      .optional()
      .describe(
        'The header `Authorization` for the collector, for example `Bearer …`. Only with https, or for a collector on this machine.',
      ),
    traces: z.boolean().default(true).describe('Whether traces are sent.'),
    metrics: z.boolean().default(true).describe('Whether metrics are sent.'),
    sample: z
      .number()
      .min(0)
      .max(1)
      .meta({ title: 'a number from 0 to 1' })
      .default(0.1)
      .describe(
        'The share of requests that are traced. A proxy of `trusted_proxies` that sends `traceparent` decides this itself.',
      ),
    interval: duration('5s', '1h').prefault('1m').describe('How often metrics are sent.'),
  })
  .refine(({ endpoint, authorization }) => authorization === undefined || isProtected(endpoint), {
    path: ['authorization'],
    message: 'no value, as the collector is on another machine and its address is not https',
  })

function isProtected(endpoint: string): boolean {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  return url?.protocol === 'https:' || isLoopback(url?.hostname.replace(/[[\]]/g, '') ?? '')
}
