// The templates that drivers are tested with, made of the repository's own runner files.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { SandboxSpec } from '../driver.ts';
import type { Language } from './harness.ts';

type Template = SandboxSpec['template'];

const directory = new URL('../../../../templates/', import.meta.url);

function template(
  name: Language,
  toolchain: string,
  runner: string,
  flags: readonly string[],
): Template {
  const read = (path: string) => readFileSync(new URL(path, directory), 'utf8');
  return {
    name,
    image: '',
    toolchains: [toolchain],
    isolation: 'default',
    runner: [toolchain, ...flags, `/pilotlight/${basename(runner)}`],
    files: [
      { path: '/pilotlight/init.sh', content: read('init.sh') },
      { path: `/pilotlight/${basename(runner)}`, content: read(runner) },
    ],
    env: {},
  };
}

/** Templates without images, by language. */
export function hostTemplates(): Readonly<Record<Language, Template>> {
  return {
    python: template('python', 'python3', 'python-runner.py', ['-I', '-S']),
    javascript: template('javascript', 'node', 'javascript/runner.cjs', []),
    shell: template('shell', 'sh', 'shell/runner.sh', []),
  };
}
