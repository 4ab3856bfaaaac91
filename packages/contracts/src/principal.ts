// Who calls, and for whom they may speak. A user of a project is `<project>` (the project itself) or
// `<project>:<name>`; admins speak for everyone and name users as they like.
import { PlatformError } from './errors.ts';
import type { Entitlements } from './gen/pilotlight/v1/access.ts';

/** What a key may do: its project's work; or manage keys and pools and speak for everyone. */
export const keyRoles = ['project', 'admin'] as const;
export type KeyRole = (typeof keyRoles)[number];

/** A caller whose API key is known and active. */
export interface Principal {
  /** SHA-256 of the key in hex: by this services act for the caller towards each other. */
  readonly keyHash: string;
  readonly keyId: string;
  /** Slug. */
  readonly project: string;
  /** The one user that the key speaks for, as a user's id; empty where it is every user of the project. */
  readonly userId: string;
  readonly role: KeyRole;
  readonly entitlements: Entitlements;
}

const separator = ':';

/**
 * The user in whose name a call is made that names `wanted` (empty: nobody in particular). Throws
 * `permission_denied` where the principal may not speak for them.
 */
export function userFor(principal: Principal, wanted: string): string {
  const own = principal.userId;
  if (principal.role === 'admin') return wanted;
  const user = wanted === '' && own !== '' ? own : userOfProject(principal.project, wanted);
  if (user !== undefined && (own === '' || user === own)) return user;
  throw new PlatformError('permission_denied', `This key does not speak for the user "${wanted}".`);
}

/**
 * The user's id that a name stands for within a project: nobody in particular is the project itself.
 * Undefined for another project's user.
 */
export function userOfProject(project: string, wanted: string): string | undefined {
  if (wanted === '') return project;
  const isId = wanted.includes(separator) || wanted === project;
  const user = isId ? wanted : `${project}${separator}${wanted}`;
  return isUserOf(project, user) ? user : undefined;
}

/** Whether something that belongs to a user may be seen and ended by the principal. */
export function mayAccess(principal: Principal, userId: string): boolean {
  if (principal.role === 'admin') return true;
  return principal.userId !== ''
    ? userId === principal.userId
    : isUserOf(principal.project, userId);
}

/** Whether a user's id is the project's own or that of one of its users. */
export function isUserOf(project: string, userId: string): boolean {
  return userId === project || userId.startsWith(`${project}${separator}`);
}

/** The project part of a user's id; for those of admins, which need have none, whatever stands there. */
export function projectOf(userId: string): string {
  return userId.split(separator, 1)[0] ?? '';
}

/** Throws `permission_denied` for whoever is no admin. */
export function requireAdmin(principal: Principal | undefined): void {
  if (principal?.role === 'admin') return;
  throw new PlatformError('permission_denied', 'This needs an admin key.');
}
