/** Who sends: by OpenTelemetry's own environment variables. */
import { randomUUID } from 'node:crypto'
import type { Attributes } from '@opentelemetry/api'

/** Source: opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables. */
export function resourceFrom(env: Readonly<Record<string, string | undefined>>): Attributes {
  const listed = (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '')
    .split(',')
    .map((pair) => pair.split('=', 2).map((part) => part.trim()))
    .flatMap(([name, value]) => (name && value !== undefined ? [[name, decode(value)] as const] : []))
  return {
    'service.name': `unknown_service:${process.title}`,
    // Two instances of a service are two, also where both began in the same moment.
    'service.instance.id': randomUUID(),
    ...Object.fromEntries(listed),
    ...(env['OTEL_SERVICE_NAME'] && { 'service.name': env['OTEL_SERVICE_NAME'] }),
  }
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
