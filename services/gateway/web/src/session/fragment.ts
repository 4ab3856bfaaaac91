// What links carry behind the #, which a browser never sends to a server.

/** `key` is an API key, `code` a shared project. */
export interface Fragment {
  readonly key?: string;
  readonly code?: string;
}

/** Unknown parts are left out. */
export function parseFragment(hash: string): Fragment {
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const key = parts.get('key')?.trim();
  const code = parts.get('code');
  return { ...(key && { key }), ...(code && { code }) };
}

/** The address without its key, for the address bar and the history; the rest of it stays. */
export function withoutKey(address: string): string {
  const url = new URL(address);
  const parts = new URLSearchParams(url.hash.replace(/^#/, ''));
  parts.delete('key');
  url.hash = parts.toString();
  return url.hash === '' ? url.href.replace(/#$/, '') : url.href;
}
