import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { Form } from '../../domain/form.ts'
import type { ImportedDocument, ImportResult } from '../../service/import/import-batch.ts'
import { MAXIMUM_SIZE } from '../../snapshot/parse-text.ts'
import type { RawDocument } from '../../snapshot/raw-document.ts'
import { splitDocuments } from '../../snapshot/split-documents.ts'
import type { HttpContext } from '../context.ts'
import { type Endpoint, paramsOf, queryOf } from '../endpoint.ts'
import { toHttpError } from '../error-answers.ts'
import { etagOf, expectationOf } from '../etag.ts'
import { errorBody, HttpError, type HttpFault, httpError, notFound } from '../http-error.ts'
import { presentClient } from '../present.ts'

const NDJSON = 'application/x-ndjson'

/** Snapshots that come in, one or many, and go out. */
export function clientSnapshotEndpoints({ tenure }: HttpContext): Endpoint[] {
  const exports = { underWay: 0 }
  return [
    {
      method: 'PUT',
      url: '/v1/clients/:client_id',
      operationId: 'putClient',
      summary: 'Put in a snapshot of a client',
      description:
        'Validated, then merged with what is stored: nothing older overwrites what is newer, and nothing dead comes back to life. Either form is taken.',
      tag: 'Clients',
      scope: 'write',
      params: { client_id: "The client's id, which is the snapshot's." },
      query: 'putClient',
      takes: 'client',
      bodyLimit: MAXIMUM_SIZE,
      headers: ['If-Match', 'If-None-Match'],
      hasEtag: true,
      errors: ['snapshot_invalid', 'precondition_failed'],
      answer: { schema: 'putClient', description: 'What became of the snapshot, and the client after it.' },
      handle: async (request, reply) => {
        const { client_id: id } = paramsOf<'client_id'>(request)
        const { strict } = queryOf<{ readonly strict?: boolean }>(request)
        const isExpected = expectationOf(request)
        const outcome = await tenure.putClient(id, textOf(request), { strict, isExpected })
        if (!outcome.put && outcome.reason === 'unexpected') {
          const long = 'The client is not as If-Match or If-None-Match has it: read it again.'
          throw httpError('precondition_failed', 'Precondition failed', long)
        }
        if (!outcome.put) throw invalidSnapshot(outcome.errors, 'The snapshot')
        const read = await tenure.readClient(id)
        if (read === null) throw notFound('Client', id)
        const { result, sessions } = outcome.imported
        reply.header('etag', etagOf(read.revision))
        const rest = {
          warnings: outcome.warnings,
          sessions: presentSessions(sessions),
          client: presentClient(read.client),
        }
        return { object: 'import_result', result, ...rest }
      },
    },
    {
      method: 'POST',
      url: '/v1/clients/import',
      operationId: 'importClients',
      summary: 'Import a stream of snapshots',
      description:
        'A line is answered for each snapshot, once it is durable, and at the end one that counts them: without it the import was cut short, and can be run again.',
      tag: 'Clients',
      scope: 'write',
      query: 'importClients',
      takes: 'ndjson',
      answer: { schema: 'importLine', description: 'A line a snapshot, in their order.', contentType: NDJSON },
      handle: async (request, reply) => {
        const { strict } = queryOf<{ readonly strict?: boolean }>(request)
        if (!(request.body instanceof Readable)) throw httpError('request_body_invalid', 'Request body invalid', EMPTY)
        const lines = importLines(tenure, request.body, strict ?? false, request)
        return reply.type(NDJSON).send(Readable.from(lines, { objectMode: false }))
      },
    },
    {
      method: 'GET',
      url: '/v1/clients/export',
      operationId: 'exportClients',
      summary: 'Export every client as a snapshot',
      description: 'A line a client, by id, all as of one instant. Each line can be imported.',
      tag: 'Clients',
      scope: 'read',
      query: 'exportClients',
      answer: { schema: 'snapshot', description: 'A line a client.', contentType: NDJSON },
      handle: async (request, reply) => {
        const { form } = queryOf<{ readonly form?: Form }>(request)
        if (exports.underWay >= MAXIMUM_EXPORTS) throw new HttpError([TOO_MANY_EXPORTS], { 'retry-after': '1' })
        const lines = exportLines(tenure.exportClients({ form }), exports)
        return reply.type(NDJSON).send(Readable.from(lines, { objectMode: false }))
      },
    },
  ]
}

const EMPTY = 'The request body is empty: send snapshots, a line each.'

function textOf({ body }: FastifyRequest): string {
  if (typeof body === 'string') return body
  throw httpError('request_body_invalid', 'Request body invalid', 'The request body is empty: send a snapshot.')
}

/** Rejects what came in, with what was found in it. @param what What has the findings, as a sentence begins with it. */
export function invalidSnapshot(
  findings: readonly { readonly path: string; readonly message: string }[],
  what: 'The snapshot' | 'The event',
): HttpError {
  const [first] = findings
  const where = first === undefined || first.path === '' ? what : first.path
  const longMessage = `${where} ${first?.message ?? 'is invalid'}.`
  const meta = { findings: findings.slice(0, 100) }
  return new HttpError([{ code: 'snapshot_invalid', message: `${what} is rejected`, longMessage, meta }])
}

/** How many exports run at once: on PostgreSQL each has a connection of its own. */
const MAXIMUM_EXPORTS = 4

const TOO_MANY_EXPORTS: HttpFault = {
  code: 'too_many_requests',
  message: 'Too many requests',
  longMessage: `${MAXIMUM_EXPORTS} exports are under way: wait for Retry-After.`,
}

async function* exportLines(snapshots: AsyncIterable<string>, exports: { underWay: number }): AsyncGenerator<string> {
  exports.underWay += 1
  try {
    for await (const snapshot of snapshots) yield `${snapshot}\n`
  } finally {
    exports.underWay -= 1
  }
}

/** A line for each snapshot, and one that counts them; where the store fails, that is the last line, and no other follows. */
async function* importLines(
  tenure: HttpContext['tenure'],
  body: Readable,
  strict: boolean,
  request: FastifyRequest,
): AsyncGenerator<string> {
  const waiting: RawDocument[] = []
  async function* texts(): AsyncGenerator<string> {
    for await (const documents of splitDocuments(body)) {
      for (const document of documents) {
        waiting.push(document)
        // What could not be cut out goes along as no text at all, so that its turn comes with the rest.
        yield document.text ?? ''
      }
    }
  }
  const counts = { imported: 0, unchanged: 0, rejected: 0 }
  try {
    for await (const result of tenure.importClients(texts(), { strict })) {
      counts[result.result] += 1
      yield `${JSON.stringify(presentResult(result, waiting.shift() as RawDocument))}\n`
    }
    yield `${JSON.stringify({ object: 'import_summary', ...counts })}\n`
  } catch (error) {
    request.log.error({ trace: request.id, error: { message: (error as Error).message } }, 'import cut short')
    yield `${JSON.stringify(errorBody(toHttpError(error).faults, request.id))}\n`
  }
}

function presentResult(result: ImportResult, { line, index, error }: RawDocument): object {
  const place = index === null ? { line } : { line, index }
  const { id } = result
  if (result.result === 'rejected') {
    return {
      object: 'import_result',
      ...place,
      id,
      result: 'rejected',
      errors: error === undefined ? result.errors : [error],
    }
  }
  return {
    object: 'import_result',
    ...place,
    id,
    result: result.result,
    errors: [],
    sessions: presentSessions(result.sessions),
  }
}

/** What became of sessions, as it is answered. */
export function presentSessions({ added, changed, kept }: ImportedDocument['sessions']) {
  return { added, changed, kept: kept.map(({ sessionId, reason }) => ({ session_id: sessionId, reason })) }
}
