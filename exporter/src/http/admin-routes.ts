/** What operators have the service do, over the local socket or with a token of scope admin. */
import { z } from 'zod'
import type { UsageExplorerError } from '../errors.ts'
import type { Operations } from '../operations/operations.ts'
import { LINES_TYPE, sendLines } from './long-work.ts'
import type { Route } from './route.ts'

const ACCESS = { scope: 'admin', teams: 'refused' } as const
const ACCOUNT = z.strictObject({ account: z.string().min(1).max(63) })
const BACKUP = z.strictObject({ path: z.string().min(1).max(4096) })
const BACKFILL = ACCOUNT.extend({ from: z.string().max(40).optional(), to: z.string().max(40).optional() })

export function adminRoutes(
  operations: Operations,
  onFailure: (failure: UsageExplorerError) => void,
): Route[] {
  const route = <Body>(
    path: string,
    summary: string,
    body: z.ZodType<Body>,
    work: (order: Body, step: (step: unknown) => void) => Promise<unknown>,
  ): Route => ({
    method: 'POST',
    path: `/api/v1/admin/${path}`,
    access: ACCESS,
    summary,
    body,
    produces: LINES_TYPE,
    handle: (request, reply) => sendLines(reply, (step) => work(body.parse(request.body), step), onFailure),
  })
  return [
    route('backup', 'Copies the ledger to a path on the machine of the service.', BACKUP, (order) =>
      operations.backUp(order),
    ),
    route('backfill', 'Reads a stretch of an account again.', BACKFILL, async (order, step) => ({
      sources: await operations.backfill(order, step),
    })),
    route(
      'accounts/remove',
      'Publishes nothing of an account any more that is not configured.',
      ACCOUNT,
      (order) => operations.remove(order),
    ),
    route(
      'accounts/purge',
      'Deletes all that is kept of an account that is not configured.',
      ACCOUNT,
      (order) => operations.purge(order),
    ),
  ]
}
