/** What a route is: who may ask, what it takes, what it answers. The document at /openapi.json is made from it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Access, Viewer } from '../access/viewer.ts'
import type { ParameterTable } from '../questions/parameters.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly access: Access
  /** One line for people. */
  readonly summary: string
  readonly parameters?: ParameterTable
  /** What a POST takes as JSON. Checked before the handler sees it. */
  readonly body?: z.ZodType
  /** Bytes that a body may have, where that is not the usual. */
  readonly largestBody?: number
  /** A POST that takes OTLP in either encoding: the handler gets the bytes. */
  readonly takes?: 'otlp'
  /** Media type of the answer. */
  readonly produces: string
  readonly handle: (request: FastifyRequest, reply: FastifyReply, viewer: Viewer) => unknown
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may ask; every route says it. */
    access?: Access
  }
}
