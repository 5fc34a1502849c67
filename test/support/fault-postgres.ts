/** Statements of somebody else's on a test's PostgreSQL database. */
import { Client } from 'pg'

/** Runs a statement, and answers its rows. */
export async function execute(url: string, sql: string, values: readonly string[] = []): Promise<unknown[]> {
  await using client = await otherClient(url)
  return await client.query(sql, values)
}

/** A connection that is not Tenure's. */
export interface OtherClient extends AsyncDisposable {
  query(sql: string, values?: readonly string[]): Promise<unknown[]>
}

/** Connects as somebody else, for as long as it is not disposed of. */
export async function otherClient(url: string): Promise<OtherClient> {
  const client = new Client(url)
  // It may well be the server that goes.
  client.on('error', () => {})
  await client.connect()
  return {
    query: async (sql, values = []) => (await client.query(sql, [...values])).rows,
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** The same database by another name or password. */
export function urlWith(
  url: string,
  parts: { readonly [Part in 'username' | 'password' | 'pathname']?: string },
): string {
  return Object.assign(new URL(url), parts).href
}
