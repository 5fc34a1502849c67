/** Imports, against parsing the same documents and inserting the same rows in transactions of the same size. */
import type { EpochMs } from '../../src/domain/instant.ts'
import { openTenure } from '../../src/service/open-tenure.ts'
import { ManualClock } from '../../src/simulation/manual-clock.ts'
import { NOTHING_DUE, wireClientOf } from '../fleet.ts'
import type { Comparison } from '../measurement.ts'
import { atMost, compare, contest } from './contest.ts'

/** How many sessions a client of the import has. */
const SESSIONS_A_CLIENT = 4

/** How many documents an import writes in one transaction, and so does a bare one. */
const IMPORT_BATCH = 500

/** Slices that an import is cut in, the first to warm up: contestants take turns at them. */
const SLICES = 10

/** The rows that a document becomes. */
export interface ImportRows {
  readonly client: ParsedClient
  /** The client's text without its sessions. */
  readonly document: string
  readonly sessions: readonly { readonly session: ParsedSession; readonly document: string }[]
}

/** A client as its wire form names it. */
export interface ParsedClient {
  readonly id: string
  readonly session_ids: readonly string[]
  readonly sessions: readonly ParsedSession[]
  readonly last_active_session_id: string | null
  readonly created_at: number
  readonly updated_at: number
}

/** A session as its wire form names it. */
export interface ParsedSession {
  readonly id: string
  readonly client_id: string
  readonly user_id: string
  readonly status: string
  readonly created_at: number
  readonly updated_at: number
  readonly last_active_at: number
  readonly expire_at: number
  readonly abandon_at: number
}

/** Two empty databases with Tenure's tables: one for Tenure, one for bare inserts. */
export interface ImportGround extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** Inserts the rows of some documents in one transaction. */
  insert(rows: readonly ImportRows[], now: EpochMs): unknown
  /** Closes what is open, and says what is stored differently. */
  differences(): Promise<readonly string[]>
}

/** Up to so many sessions, it is looked at afterwards whether both have stored the same. */
const LOOKED_THROUGH = 200_000

/** An import of so many sessions into an empty store. */
export async function compareImport(ground: ImportGround, sessions: number): Promise<Comparison[]> {
  const clock = new ManualClock(NOTHING_DUE)
  await using tenure = await openTenure({ store: ground.url, clock })
  const documents = Math.floor(sessions / SESSIONS_A_CLIENT / SLICES)
  let texts: readonly string[] = []
  let slice = 0
  const cut = () => {
    texts = importDocuments(slice * documents, documents)
    slice += 1
  }
  const rounds = await contest(
    {
      tenure: {
        what: 'tenure.importClients',
        run: async () => {
          let imported = 0
          for await (const { result } of tenure.importClients(texts)) if (result === 'imported') imported += 1
          if (imported !== documents) throw new Error(`${imported} of ${documents} documents were imported`)
        },
      },
      bare: { what: 'JSON.parse, bare inserts', run: () => insertAll(ground, texts, clock.now()) },
    },
    { rounds: SLICES - 1, calls: documents * SESSIONS_A_CLIENT, before: cut },
  )
  await tenure.close()
  const differences = sessions <= LOOKED_THROUGH ? await ground.differences() : []
  if (differences.length > 0) throw new Error(`import: the databases differ, ${differences.join('; ')}`)
  const name = `import of ${sessions.toLocaleString('en')} sessions, ${ground.name}`
  return [compare(name, rounds, ['tenure', 'bare'], atMost(2))]
}

/** Documents of an import, each of four sessions, from a place on. */
export function importDocuments(first: number, documents: number): string[] {
  return Array.from({ length: documents }, (_, index) => JSON.stringify(wireClientOf(first + index, SESSIONS_A_CLIENT)))
}

async function insertAll(ground: ImportGround, texts: readonly string[], now: EpochMs): Promise<void> {
  for (let first = 0; first < texts.length; first += IMPORT_BATCH) {
    await ground.insert(texts.slice(first, first + IMPORT_BATCH).map(rowsOf), now)
  }
}

function rowsOf(text: string): ImportRows {
  const client = JSON.parse(text) as ParsedClient
  const document = JSON.stringify({ ...client, sessions: [] })
  const sessions = client.sessions.map((session) => ({ session, document: JSON.stringify(session) }))
  return { client, document, sessions }
}
