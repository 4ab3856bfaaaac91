// Templates enough for tests: two languages and one application.
import type { Template } from '@pilotlight/contracts';

function template(name: string, language?: string, aliases: string[] = []): Template {
  return {
    name,
    description: name,
    ...(language === undefined ? {} : { language }),
    aliases,
    image: name,
    toolchains: [],
    runner: { argv: ['/bin/true'], files: [] },
    entry: 'main',
    env: {},
    limits: {
      ...{ memory_mb: 256, min_memory_mb: 64, cpus: 1, pids: 64 },
      ...{ open_files: 256, workspace_mb: 64 },
    },
    files: [],
    ...{ isolation: 'default', network: 'none', reuse: 'never' },
  };
}

const javascript = template('javascript', 'javascript', ['node']);

export const templates: readonly Template[] = [
  template('python', 'python', ['py']),
  {
    ...javascript,
    // Less does not start a V8.
    limits: { ...javascript.limits, min_memory_mb: 96 },
  },
  template('generic'),
];
