/** What every use case promises, over every kind of store. */
import { describe } from 'node:test'
import { overStores } from '../support/stores.ts'
import { commands } from './contract/commands.ts'
import { reading } from './contract/lists.ts'
import { opening } from './contract/open-tenure.ts'
import { recordedTouches } from './contract/record-touches.ts'
import { revokingAll } from './contract/revoke-all.ts'
import { signingIn } from './contract/sign-in.ts'
import { maximums } from './contract/sign-in-maximum.ts'
import { signingOut } from './contract/sign-out-client.ts'
import { touches } from './contract/touch.ts'
import { verdicts } from './contract/verify.ts'

const CONTRACT = {
  opening,
  signingIn,
  maximums,
  touches,
  recordedTouches,
  commands,
  revokingAll,
  signingOut,
  verdicts,
  reading,
}

// In one process: starting a server costs more than any of them.
overStores((kind) => {
  for (const [what, define] of Object.entries(CONTRACT)) describe(what, () => define(kind))
})
