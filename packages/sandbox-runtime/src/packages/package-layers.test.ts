import { describe, expect, it } from 'vitest';
import { addedPaths, installCommand } from './npm-layer.ts';

const lock = (packages: Record<string, string>) =>
  JSON.stringify({
    packages: Object.fromEntries(
      Object.entries({ '': '1.0.0', ...packages }).map(([path, version]) => [path, { version }]),
    ),
  });

const before = lock({ 'node_modules/vite': '7.0.0', 'node_modules/react': '19.0.0' });
const both = { 'node_modules/vite': '7.0.0', 'node_modules/react': '19.0.0' };

describe('addedPaths', () => {
  it('finds new packages, with what is inside of them', () => {
    const after = lock({
      ...both,
      'node_modules/eslint': '9.0.0',
      'node_modules/eslint/node_modules/ms': '2.0.0',
      'node_modules/@types/react': '19.0.0',
    });
    expect(addedPaths(before, after)).toEqual(['node_modules/eslint', 'node_modules/@types/react']);
    expect(addedPaths('', before)).toEqual(['node_modules/vite', 'node_modules/react']);
  });

  it.each([
    ['another version', { 'node_modules/react': '18.0.0' }, 'react'],
    ['more inside of what is shared', { 'node_modules/vite/node_modules/ms': '2.0.0' }, 'vite/'],
  ])('refuses %s', (_, change, name) => {
    const refused = expect.objectContaining({
      code: 'unavailable',
      message: expect.stringContaining(`another ${name}`),
    });
    expect(() => addedPaths(before, lock({ ...both, ...change }))).toThrow(refused);
  });
});

it('gives npm names only behind its options, and runs no scripts', () => {
  const command = installCommand(['--unsafe-perm', 'vite']);
  expect(command.slice(command.indexOf('--') + 1)).toEqual(['--unsafe-perm', 'vite']);
  expect(command).toContain('--ignore-scripts');
});
