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
    limits: { memory_mb: 256, cpus: 1, pids: 64 },
    files: [],
  };
}

export const templates: readonly Template[] = [
  template('python', 'python', ['py']),
  template('javascript', 'javascript', ['node']),
  template('generic'),
];
