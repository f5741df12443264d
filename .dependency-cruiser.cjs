/** The import table of the house as rules. Purity of core and the direction of knowledge are what keeps every world possible. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { pathNot: [`^(${allowed.join('|')})`] },
});

const pureLibraries = [
  'node_modules/ipaddr.js/',
  'node_modules/libmime/',
  'node_modules/iconv-lite/',
  'node_modules/libqp/',
  'node_modules/libbase64/',
  'node_modules/encoding-japanese/',
];
const wireWords = ['core/values/', 'listeners/[^/]+/wire/'];

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'A circle means that two ideas are one, or that one of them knows too much.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolvable', comment: 'An import that leads nowhere.', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only(
      'core-values-know-nothing',
      '^core/values/',
      ['core/values/', 'node_modules/ipaddr.js/'],
      'Values are the words everybody speaks: data only.',
    ),
    only(
      'core-is-pure',
      '^core/(?!values/)',
      ['core/', ...pureLibraries],
      'Core decides and does no I/O, so that one set of rules runs on every world and under a model.',
    ),
    only(
      'wire-is-pure',
      '^listeners/(pop3|imap)/wire/',
      wireWords,
      'Bytes to words and back: no socket, no timer, no port, so that it can be fuzzed.',
    ),
    {
      name: 'listeners-know-no-adapter',
      comment: 'Listeners and functions speak to ports; only main.ts, fargate.ts and handler files open a world.',
      severity: 'error',
      from: { path: '^listeners/', pathNot: '^listeners/(main|fargate)\\.ts$' },
      to: { path: '^(platform|infra|cli|test|bench|functions)/|node_modules/@aws-sdk|node:sqlite' },
    },
    {
      name: 'listeners-main-opens-a-world',
      comment: 'main.ts may open the embedded world, nothing more.',
      severity: 'error',
      from: { path: '^listeners/main\\.ts$' },
      to: { path: '^(infra|cli|test|bench|functions|platform/aws)/' },
    },
    {
      name: 'listeners-fargate-opens-a-world',
      comment: 'fargate.ts may open the world of AWS, nothing more.',
      severity: 'error',
      from: { path: '^listeners/fargate\\.ts$' },
      to: { path: '^(infra|cli|test|bench|functions|platform/embedded)/|node_modules/@aws-sdk' },
    },
    {
      name: 'listeners-entries-are-entries',
      comment: 'main.ts and fargate.ts each lead to a world of their own: what serves on any world knows neither.',
      severity: 'error',
      from: { path: '^listeners/', pathNot: '^listeners/(main|fargate)\\.ts$' },
      to: { path: '^listeners/(main|fargate)\\.ts$' },
    },
    {
      name: 'functions-know-core-and-open-a-world',
      comment: 'A function is its ports and the rules of core; a handler file opens the world of AWS, and speaks to no SDK.',
      severity: 'error',
      from: { path: '^functions/' },
      to: { path: '^(listeners|infra|cli|test|bench|platform/embedded)/|node_modules/@aws-sdk|node:sqlite' },
    },
    {
      name: 'nobody-imports-functions',
      comment: 'Lambda calls them, and tests; the CDK app names them by path.',
      severity: 'error',
      from: { path: '^(core|listeners|platform|infra|cli|bench)/' },
      to: { path: '^functions/' },
    },
    {
      name: 'protocols-do-not-know-each-other',
      comment: 'A protocol knows net/ and itself.',
      severity: 'error',
      from: { path: '^listeners/(smtp|pop3|imap|web)/' },
      to: { path: '^listeners/(smtp|pop3|imap|web)/', pathNot: '^listeners/$1/' },
    },
    {
      name: 'net-knows-no-protocol',
      comment: 'The accept loop serves all protocols alike.',
      severity: 'error',
      from: { path: '^listeners/net/' },
      to: { path: '^listeners/(?!net/)' },
    },
    {
      name: 'worlds-are-apart',
      comment: 'Adapters never know the other world.',
      severity: 'error',
      from: { path: '^platform/(aws|embedded)/' },
      to: { path: '^platform/(aws|embedded)/', pathNot: '^platform/$1/' },
    },
    {
      name: 'platform-knows-core-only',
      comment: 'Adapters implement ports of core.',
      severity: 'error',
      from: { path: '^platform/' },
      to: { path: '^(listeners|infra|cli|test|bench)/' },
    },
    {
      name: 'nobody-imports-the-outside',
      comment: 'cli, test and bench are ends of the road.',
      severity: 'error',
      from: { pathNot: '^(cli|test|bench)/' },
      to: { path: '^(cli|test|bench)/' },
    },
    {
      name: 'infra-knows-names-only',
      comment: 'The CDK app reads the catalogues and the shape file; code that runs is named by path.',
      severity: 'error',
      from: { path: '^infra/' },
      to: { path: '^(core/(?!settings|observe|values)|listeners|functions|platform/embedded|cli)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    builtInModules: { add: ['node:sqlite', 'sqlite', 'node:test', 'test'] },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
