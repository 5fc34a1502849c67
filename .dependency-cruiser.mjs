// Imports point one way: domain <- machines <- lifecycle <- service <- events <- jobs, http <- simulation <- cli, with
// snapshot and store between domain and service.
// Each room names what it may import; anything else of ours is refused.
const rooms = {
  'src/domain': [],
  machines: ['src/domain'],
  'src/snapshot': ['src/domain', 'schemas'],
  'src/lifecycle': ['src/domain', 'machines'],
  'src/store': ['src/domain'],
  'src/service': ['src/domain', 'machines', 'src/lifecycle', 'src/snapshot', 'src/store'],
  'src/jobs': ['src/domain', 'src/lifecycle', 'src/service', 'src/store', 'src/events'],
  'src/events': ['src/domain', 'src/snapshot', 'src/store', 'src/service'],
  'src/http': ['src/domain', 'schemas', 'src/lifecycle', 'src/snapshot', 'src/store', 'src/service', 'src/events'],
  'src/simulation': [
    ...['src/domain', 'machines', 'schemas', 'src/lifecycle', 'src/snapshot', 'src/store', 'src/service'],
    ...['src/events', 'src/jobs'],
  ],
  'src/cli': [
    ...['src/domain', 'machines', 'src/lifecycle', 'src/snapshot', 'src/store', 'src/service', 'src/jobs'],
    'src/events',
    'src/http',
    'src/simulation',
  ],
}

// What only one room may know of.
const drivers = {
  xstate: ['machines', 'src/lifecycle'],
  ajv: ['src/snapshot', 'src/http', 'src/simulation/workload', 'src/cli/serve'],
  fastify: ['src/http'],
  '@fastify/rate-limit': ['src/http'],
  jose: ['src/service/tokens'],
  'prom-client': ['src/http'],
  'jsonc-parser': ['src/snapshot'],
  luxon: ['src/domain', 'src/cli'],
  ksuid: ['src/domain'],
  pg: ['src/store/postgres'],
  'pg-boss': ['src/store/postgres/pg-boss'],
  'ipaddr.js': ['src/events/webhooks'],
  vega: ['src/simulation/forecast'],
  'vega-lite': ['src/simulation/forecast'],
  'fast-check': ['src/simulation/testing/arbitraries'],
  commander: ['src/cli'],
  'cli-progress': ['src/cli'],
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: {},
      // What users bring, in a version of their own, is here in development only.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['npm-peer'] },
    },
    ...Object.entries(rooms).map(([room, may]) => ({
      name: `${room}-imports-one-way`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: '^(src|machines|schemas|test|bench)/', pathNot: [room, ...may].map((path) => `^${path}/`) },
    })),
    ...Object.entries(drivers).map(([name, may]) => ({
      name: `${name}-in-its-rooms`,
      severity: 'error',
      from: { pathNot: may.map((path) => `^${path}/`) },
      to: { path: `^node_modules/${name}/` },
    })),
    {
      name: 'sqlite-in-its-room',
      severity: 'error',
      from: { pathNot: '^src/store/sqlite/' },
      to: { path: '^(node:)?sqlite$' },
    },
  ],
  options: {
    // TypeScript 7 has no programming interface yet: without this parser no .ts file is seen, and everything passes.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
