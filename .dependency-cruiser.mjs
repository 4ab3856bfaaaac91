// Who may import whom: the rules of docs/architecture.md as an executable check.

const only = (name, packages, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { pathNot: allowed },
  to: { path: packages.map((it) => `node_modules/${it}`) },
});

const ladder = [
  'analyzer',
  'contracts',
  'config',
  'telemetry',
  'messaging',
  'rpc',
  'sandbox-runtime',
  'lifecycle',
  'access',
  'client',
  'cli',
];
const tests = '\\.test\\.ts$|/conformance(\\.ts$|/)|/testing/|\\.fixture\\.ts$';

/** A package imports packages below it only. */
const steps = ladder.map((name, index) => ({
  name: `ladder-${name}`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: tests },
  to: { path: `^packages/(${ladder.slice(index + 1).join('|') || 'none'})/` },
}));

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      comment: 'Domain code imports domain code and types of contracts.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/domain/', pathNot: tests },
      to: { pathNot: '^services/[^/]+/src/domain/|^packages/contracts/' },
    },
    {
      name: 'app-knows-no-technology',
      comment: 'Use cases import domain, ports, contracts, and the interfaces of packages.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/app/', pathNot: tests },
      to: { path: '^services/[^/]+/src/(adapters|api)/|^packages/(rpc|config)/' },
    },
    {
      name: 'adapters-and-api-apart',
      severity: 'error',
      from: { path: '^services/[^/]+/src/adapters/' },
      to: { path: '^services/[^/]+/src/api/' },
    },
    {
      name: 'api-and-adapters-apart',
      severity: 'error',
      from: { path: '^services/[^/]+/src/api/', pathNot: tests },
      to: { path: '^services/[^/]+/src/adapters/' },
    },
    {
      name: 'services-apart',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'packages-below-services',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|bench|test)/' },
    },
    {
      name: 'production-without-tests',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: tests },
      to: { path: tests },
    },
    ...steps,
    only('nats-in-messaging', ['@nats-io/'], '^packages/messaging/'),
    only('grpc-in-rpc', ['@grpc/', 'nice-grpc'], '^(packages/rpc|bench)/'),
    only('docker-in-sandbox-runtime', ['dockerode'], '^packages/sandbox-runtime/'),
    only(
      'prometheus-in-telemetry',
      ['prom-client'],
      '^(packages/telemetry|services/metrics-collector)/',
    ),
    only('opentelemetry-in-collector', ['@opentelemetry/'], '^services/metrics-collector/'),
  ],
  options: {
    includeOnly:
      '^(packages|services|bench|test)/|node_modules/(@nats-io|@grpc|@opentelemetry|nice-grpc|dockerode|prom-client)',
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['node_modules/@pilotlight', '\\.test\\.ts$', '/dist/'] },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
    moduleSystems: ['es6'],
    // TypeScript 7 has no compiler API that dependency-cruiser could parse with.
    parser: 'swc',
  },
};
