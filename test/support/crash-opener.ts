/**
 * A process that opens one store after the other, `sqlite:FOLDER/0.db` and up, each for the first time. Its arguments are
 * the folder, its own name and the other process's: both open each file at the same moment, where there is another.
 */
import { existsSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openTenure } from '../../src/service/open-tenure.ts'
import { endWithParent } from './crash-process.ts'

const [, , folder = '', own = '', other = own, count = 'Infinity'] = process.argv

for (let file = 0; file < Number(count); file += 1) {
  const at = (name: string) => join(folder, `${file}.${name}`)
  endWithParent()
  writeFileSync(at(own), '')
  // Nobody else has a turn in this process meanwhile, and both are let go at once.
  while (!existsSync(at(other))) endWithParent()
  const tenure = await openTenure({ store: `sqlite:${at('db')}` })
  await tenure.close()
  if (file === 0) writeSync(1, 'ready\n')
}
