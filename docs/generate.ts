/**
 * Writes what stands between `<!-- generated: NAME -->` and `<!-- /generated -->` in README.md and docs/, from the code,
 * and the files of docs/forecast-files.ts.
 *
 * `npm run docs` runs it; run twice, it changes nothing. docs/blocks.ts says what each block holds.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { renderBlock } from './blocks.ts'
import { renderFiles } from './forecast-files.ts'

const ROOT = join(import.meta.dirname, '..')
const BLOCK = /<!-- generated: ([^\n]+?) -->\n[\s\S]*?<!-- \/generated -->/g

/** Every document for readers, by its path from the repository's root. */
export function documentPaths(): string[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  const pages = inDocs.map((path) => `docs/${path.replaceAll('\\', '/')}`).filter((path) => path.endsWith('.md'))
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages.sort()]
}

/** The text of a document. */
export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** A document's text, each generated block as the code would have it now. */
export async function regenerate(text: string): Promise<string> {
  const pieces: string[] = []
  let copied = 0
  for (const match of text.matchAll(BLOCK)) {
    const name = match[1] as string
    const block = `<!-- generated: ${name} -->\n${await renderBlock(name)}\n<!-- /generated -->`
    pieces.push(text.slice(copied, match.index), block)
    copied = match.index + match[0].length
  }
  return [...pieces, text.slice(copied)].join('')
}

if (process.argv[1] === import.meta.filename) {
  for (const path of documentPaths()) {
    const text = readDocument(path)
    writeWhereStale(path, text, await regenerate(text))
  }
  for (const [path, fresh] of await renderFiles()) {
    writeWhereStale(path, existsSync(join(ROOT, path)) ? readDocument(path) : '', fresh)
  }
}

function writeWhereStale(path: string, text: string, fresh: string): void {
  if (fresh === text) return
  writeFileSync(join(ROOT, path), fresh)
  process.stdout.write(`${path}\n`)
}
