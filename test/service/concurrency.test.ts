/** What commands promise while others write: in every order of two, and in crowds, over every kind of store. */
import { describe } from 'node:test'
import { overStores } from '../support/stores.ts'
import { interleavings } from './races/interleavings.ts'
import { signIns } from './races/sign-ins.ts'
import { storms } from './races/storms.ts'

const RACES = { interleavings, signIns, storms }

// In one process: starting a server costs more than any of them.
overStores((kind) => {
  for (const [what, define] of Object.entries(RACES)) describe(what, () => define(kind))
})
