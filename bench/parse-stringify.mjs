// What `tenure settle` is measured against: each line parsed and written again, and nothing else.
import { createReadStream } from 'node:fs'

let rest = ''
for await (const chunk of createReadStream(process.argv[2], { encoding: 'utf8', highWaterMark: 1024 * 1024 })) {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop()
  const written = lines.map((line) => `${JSON.stringify(JSON.parse(line))}\n`).join('')
  if (!process.stdout.write(written)) await new Promise((resolve) => process.stdout.once('drain', resolve))
}
