// API keys: `csa_` and 32 letters or digits (seed 001, "API Key Format").
import { hash, randomInt } from 'node:crypto';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const pattern = /^csa_[A-Za-z0-9]{32}$/;

/** A new key: 190 random bits. */
export function newKey(): string {
  const characters = Array.from({ length: 32 }, () => alphabet[randomInt(alphabet.length)]);
  return `csa_${characters.join('')}`;
}

export function isKey(text: string): boolean {
  return pattern.test(text);
}

/** SHA-256 in hex. A key has too many bits to be found by trying, so a slow hash would add nothing. */
export function hashOfKey(key: string): string {
  return hash('sha256', key);
}

/** What may be shown of a key. */
export function prefixOfKey(key: string): string {
  return key.slice(0, 8);
}
