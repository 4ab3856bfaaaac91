import { describe, expect, it } from 'vitest';
import { nameProblems, unnamed } from './requested-packages.ts';

const template = {
  installer: 'npm' as const,
  critical: ['vite'],
  deferred: ['typescript'],
  on_demand: ['vitest', '@types/*', 'storybook*'],
};

describe('what may be asked for', () => {
  it('is what the template names, with a star for the rest of a name', () => {
    const asked = ['vite', 'typescript', 'vitest', '@types/node', 'storybook-addon', 'storybook'];
    expect(unnamed(template, asked)).toEqual([]);
    expect(unnamed(template, ['vitest-x', 'types', '@typesx/node', 'left-pad'])).toEqual([
      'vitest-x',
      'types',
      '@typesx/node',
      'left-pad',
    ]);
  });
});

describe('names', () => {
  it.each(['--global', '../x', 'https://x.org/y.tgz', 'git+ssh://x', 'a b', 'vite@1', '', 'A'])(
    'are not such as %s',
    (name) => {
      expect(nameProblems('npm', [name])).toMatchObject([{ field: 'packages[0]' }]);
    },
  );

  it('are those of the installer', () => {
    expect(nameProblems('npm', ['@types/node', 'react-dom'])).toEqual([]);
    expect(nameProblems('debian', ['python3-yaml', 'g++-12', 'libstdc++6'])).toEqual([]);
    expect(nameProblems('debian', ['@types/node'])).toHaveLength(1);
    expect(nameProblems('npm', [])).toMatchObject([{ problem: 'must not be empty' }]);
    expect(
      nameProblems(
        'npm',
        Array.from({ length: 51 }, () => 'a'),
      ),
    ).toHaveLength(1);
  });
});
