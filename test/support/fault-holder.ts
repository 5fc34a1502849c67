/** Another process that holds the lock of a SQLite file. Its argument is the file's path. */
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'

const database = new DatabaseSync(process.argv[2] ?? '')
database.exec('BEGIN IMMEDIATE')
writeSync(1, 'held\n')
for await (const line of createInterface({ input: process.stdin })) {
  writeSync(1, 'asked\n')
  setTimeout(() => {
    database.exec('COMMIT')
    writeSync(1, 'released\n')
  }, Number(line))
}
