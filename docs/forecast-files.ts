/** The report that docs/forecast.md shows, and pictures cut out of it: made of the examples, by the command itself. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { main } from '../src/cli/main.ts'
import { ManualClock } from '../src/simulation/index.ts'

/** The command line whose report it is; docs/forecast.md has it, too. */
const COMMAND = [
  ...['forecast', 'examples/office.ndjson', '--policy', 'examples/policies/office.json'],
  ...['--at', '2026-08-05T12:00:00Z', '--format', 'text'],
]

/** The files in docs/ that are written whole, by their paths from the repository's root. */
export async function renderFiles(): Promise<ReadonlyMap<string, string>> {
  const report = await renderReport()
  return new Map([
    ['docs/forecast-report.html', report],
    ['docs/forecast-live.svg', cutPicture(report, 'live')],
    ['docs/forecast-ends.svg', cutPicture(report, 'ends')],
  ])
}

async function renderReport(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-docs-'))
  try {
    const file = join(folder, 'report.html')
    const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() })
    const io = { stdin: Readable.from([]), stdout: sink(), stderr: sink(), env: {}, clock: new ManualClock() }
    const code = await main([...COMMAND, '--html', file], io)
    if (code !== 0) throw new TypeError(`the report of the docs was not made: tenure ended with ${code}`)
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A picture of the report as a file of its own, with the page's colours, light or dark. */
function cutPicture(report: string, id: string): string {
  const [, attributes, content] =
    new RegExp(`<svg (role="img" aria-labelledby="picture-${id}-wide[^>]*)>(.*?)</svg>`, 's').exec(report) ?? []
  const colours = report.match(/:root \{[^}]*\}/g)?.slice(0, 2) ?? []
  const [light, dark] = colours
  if (content === undefined || dark === undefined) throw new TypeError(`the report has no picture '${id}'`)
  const style = `${light} @media (prefers-color-scheme: dark) { ${dark} } svg { color: var(--text); font-family: system-ui, sans-serif }`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${content}<style>${style}</style></svg>\n`
}
