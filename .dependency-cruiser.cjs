// Imports go down only: a room may import the rooms that come after it in this list, never those before.
const ROOMS = [
  'main|service|store|cli|docs',
  'http',
  'budgets|alerts',
  'questions',
  'metrics',
  'operations',
  'otlp',
  'polling',
  'demo',
  'providers',
  'identity',
  'ledger',
  'config',
  'usage',
  'access',
  'errors|clock|log|turns',
]

const room = (names) => `^exporter/src/(${names})(/|\\.ts$)`

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-is-pure',
      comment: 'core/ runs anywhere: no Node built-ins, no OpenTelemetry, nothing of the exporter.',
      severity: 'error',
      from: { path: '^core/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: '^core/src|node_modules/(lossless-json|@pydantic/genai-prices)' },
    },
    ...ROOMS.slice(1).map((name, i) => ({
      name: `${name.split('|')[0]}-imports-only-down`,
      severity: 'error',
      from: { path: room(name), pathNot: '\\.test\\.ts$' },
      to: { path: room(ROOMS.slice(0, i + 1).join('|')) },
    })),
    {
      name: 'the-library-brings-no-opentelemetry',
      comment: "Its only OpenTelemetry dependency is the app's own API package.",
      severity: 'error',
      from: { path: '^instrumentation/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^exporter/|node_modules/@opentelemetry/(?!api/)' },
    },
    {
      name: 'providers-know-no-other-vendor',
      severity: 'error',
      from: { path: '^exporter/src/providers/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^exporter/src/providers/[^/]+/', pathNot: '^exporter/src/providers/$1/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['usage-explorer-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
}
