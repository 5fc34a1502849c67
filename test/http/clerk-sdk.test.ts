/** What the real `@clerk/backend` gets from the service, over every kind of store. */
import { describe } from 'node:test'
import { overStores, sqliteMemory } from '../support/stores.ts'
import { cookiePages } from './clerk-sdk/authenticate-cookies.ts'
import { bearerRequests } from './clerk-sdk/authenticate-header.ts'
import { clients } from './clerk-sdk/clients.ts'
import { description } from './clerk-sdk/description.ts'
import { errors, storelessErrors } from './clerk-sdk/errors.ts'
import { keys } from './clerk-sdk/keys.ts'
import { refreshing } from './clerk-sdk/refresh.ts'
import { refreshRefusals } from './clerk-sdk/refresh-refusals.ts'
import { lists } from './clerk-sdk/session-list.ts'
import { sessions } from './clerk-sdk/sessions.ts'
import { tokens } from './clerk-sdk/tokens.ts'
import { verifyingTokens } from './clerk-sdk/verify-token.ts'
import { versions } from './clerk-sdk/versions.ts'

const SUITES = {
  sessions,
  lists,
  tokens,
  refreshing,
  refreshRefusals,
  clients,
  keys,
  errors,
  versions,
  verifyingTokens,
  bearerRequests,
  cookiePages,
  description,
}

// In one process: starting a server costs more than any of them.
overStores((kind) => {
  for (const [what, define] of Object.entries(SUITES)) describe(what, () => define(kind))
})

describe('whatever the store', () => storelessErrors(sqliteMemory()))
