/** The schemas of snapshots, and that of the configuration of `tenure serve`, as documents. */
export { default as clientSchema } from '../../schemas/client.schema.json' with { type: 'json' }
export { default as wireClientSchema } from '../../schemas/client.wire.schema.json' with { type: 'json' }
export { default as serveSchema } from '../../schemas/serve.schema.json' with { type: 'json' }
export { default as sessionSchema } from '../../schemas/session.schema.json' with { type: 'json' }
export { default as wireSessionSchema } from '../../schemas/session.wire.schema.json' with { type: 'json' }
