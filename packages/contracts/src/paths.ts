// Which paths a user may name. They become tar entries that only code inside the sandbox unpacks,
// so this keeps surprises from users rather than attackers from the host.
import { maxPathBytes, maxPathPartBytes } from './limits.ts';

/** Says why a workspace path is refused, or nothing. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'must not be empty';
  if (path.startsWith('/')) return 'must be relative';
  if (path.includes('\0')) return 'must not contain NUL';
  const parts = path.split('/');
  if (parts.some((part) => part === '..' || part === '.' || part === '')) {
    return 'must not have empty, "." or ".." parts';
  }
  const longest = Math.max(...parts.map((part) => Buffer.byteLength(part)));
  if (Buffer.byteLength(path) > maxPathBytes || longest > maxPathPartBytes) {
    return `must be at most ${maxPathBytes} bytes, each part ${maxPathPartBytes}`;
  }
  return undefined;
}
