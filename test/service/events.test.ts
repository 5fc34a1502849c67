/** Events and subscriptions, over every kind of store. */
import { describe } from 'node:test'
import { overStores } from '../support/stores.ts'
import { events } from './contract/events.ts'

overStores((kind) => {
  describe('events', () => events(kind))
})
