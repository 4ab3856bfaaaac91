// Why a database is not there, in words that anybody may read: no address, no user, no password.
import { PlatformError } from '@pilotlight/contracts';

/** By the code of an error: SQLSTATE, or the operating system's. */
const reasons: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nobody listens at its address'],
  ['ECONNRESET', 'the connection broke'],
  ['EPIPE', 'the connection broke'],
  ['ENOTFOUND', 'its host is not known'],
  ['EAI_AGAIN', 'its host cannot be looked up'],
  ['EHOSTUNREACH', 'its host cannot be reached'],
  ['ETIMEDOUT', 'it does not answer in time'],
  ['ENOSPC', 'its disk is full'],
  ['25006', 'it is read-only'],
  ['28000', 'it refuses the user'],
  ['28P01', 'it refuses the password'],
  ['3D000', 'there is no such database'],
  ['40P01', 'a deadlock was broken up'],
  ['42501', 'the user lacks a right'],
  ['53100', 'its disk is full'],
  ['53200', 'it is out of memory'],
  ['53300', 'it has too many connections'],
  ['55P03', 'a lock was not to be had'],
  ['57014', 'a statement took too long'],
  ['57P01', 'it is shutting down'],
  ['57P02', 'it crashed'],
  ['57P03', 'it is starting up'],
]);
const isCode = /^[A-Z0-9_]{1,32}$/;

/** Never the text of a driver's error, which may hold anything. */
export function outageReason(thrown: unknown): string {
  if (thrown instanceof PlatformError) return thrown.message;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return reasons.get(code) ?? (isCode.test(code) ? `error ${code}` : 'it does not answer');
}
