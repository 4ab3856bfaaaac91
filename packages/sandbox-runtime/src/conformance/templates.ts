// The templates that drivers are tested with, made of the repository's own runner files.
import { readFileSync } from 'node:fs';
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
    runner: [toolchain, ...flags, `/pilotlight/${runner}`],
    files: [
      { path: '/pilotlight/init.sh', content: read('init.sh') },
      { path: `/pilotlight/${runner}`, content: read(`${name}/${runner}`) },
    ],
    env: {},
  };
}

/** Templates without images, by language. */
export function hostTemplates(): Readonly<Record<Language, Template>> {
  return {
    python: template('python', 'python3', 'runner.py', ['-I', '-S']),
    javascript: template('javascript', 'node', 'runner.cjs', []),
    generic: template('generic', 'sh', 'runner.sh', []),
  };
}
