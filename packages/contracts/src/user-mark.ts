// What stands for a user where reports need to tell users apart and no names.
import { createHash } from 'node:crypto';

/**
 * 16 characters of base64url, the same for the same user. Two users with one mark (one in 2^96) would
 * cost no more than a detour: nodes themselves compare names.
 */
export function userMark(userId: string): string {
  return createHash('sha256').update(userId).digest('base64url').slice(0, 16);
}
