/** The HTTP API described in OpenAPI 3.1, made from the routes themselves. */
import { z } from 'zod'
import { SCOPES } from '../access/token.ts'
import { ERRORS } from '../errors.ts'
import type { ParameterDoc } from '../questions/parameters.ts'
import type { Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

const FAILURE: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'remedy'],
      properties: {
        code: { type: 'string', enum: Object.keys(ERRORS) },
        message: { type: 'string', description: 'What happened.' },
        remedy: { type: 'string', description: 'What to do.' },
      },
    },
  },
}

/**
 * The document as a JSON value. A route's `security` names the scope that it needs; `x-teams` tells what a token tied
 * to teams gets: `limited` to what is theirs, or `refused`.
 *
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function describeApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const operations = (paths[route.path] ??= {})
    operations[route.method.toLowerCase()] = describe(route)
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Usage Explorer', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      schemas: { Failure: FAILURE },
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description:
            'A token of `usage-explorer token create`; browsers may give it as the password of Basic. ' +
            `Scopes: ${SCOPES.join(', ')}. On loopback nothing that only reads needs one.`,
        },
      },
    },
  }
}

function describe({ method, access, summary, parameters, body, takes, produces }: Route): Json {
  return {
    summary,
    security: access === 'open' ? [] : [{ token: [access.scope] }],
    ...(access === 'open' ? {} : { 'x-teams': access.teams }),
    ...(parameters === undefined
      ? {}
      : { parameters: Object.entries(parameters).map(([name, doc]) => describeParameter(name, doc)) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/json': { schema: z.toJSONSchema(body) } } },
        }),
    ...(takes === undefined
      ? {}
      : {
          requestBody: { required: true, content: { 'application/x-protobuf': {}, 'application/json': {} } },
        }),
    responses: {
      200: { description: 'Answered.', content: { [produces]: {} } },
      default: {
        description: method === 'GET' ? 'Not answered, and why.' : 'Not done, and why.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
      },
    },
  }
}

function describeParameter(name: string, { doc, required, choice, many }: ParameterDoc): Json {
  const one: Json = { type: 'string', ...(choice === undefined ? {} : { enum: choice }) }
  return {
    name,
    in: 'query',
    description: doc,
    ...(required === undefined ? {} : { required }),
    schema: many === undefined ? one : { type: 'array', items: one },
  }
}
