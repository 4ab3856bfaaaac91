// What the leaders bucket says of a service, and the rules of a term, as plain functions.
import { parseJsonObject } from '@pilotlight/contracts';

/** Who leads. Everything a leader orders carries its epoch; a greater one wins. */
export interface Leader {
  readonly holder: string;
  /** Where the leader serves gRPC, `host:port`. */
  readonly address: string;
  /** Grows with every election of this service, for ever. */
  readonly epoch: number;
}

/** How often a leader writes its key. */
export const renewEveryMs = 1_000;
/** How often everyone else looks at it: a key that expires raises no event. */
export const pollEveryMs = 500;
/**
 * A leader that could not renew for so long stops leading. The key itself expires a second later
 * (the bucket's age limit), so no successor can exist before; the second is for the way to the
 * server and for clocks that run at different speeds.
 */
export const termMs = 4_000;

/** The epoch in the key of someone who won the key but has no epoch yet. */
const electing = 0;

/** The value of the key while its holder fetches its epoch. */
export function encodeCandidate(holder: string, address: string): Uint8Array {
  return encodeLeader({ holder, address, epoch: electing });
}

export function encodeLeader(leader: Leader): Uint8Array {
  return Buffer.from(JSON.stringify(leader));
}

/** Undefined for a candidate without an epoch and for what is no record: both expire unless renewed. */
export function decodeLeader(bytes: Uint8Array): Leader | undefined {
  const { holder, address, epoch } = parseRecord(bytes);
  if (typeof holder !== 'string' || typeof address !== 'string') return undefined;
  return typeof epoch === 'number' && epoch > electing ? { holder, address, epoch } : undefined;
}

export function encodeEpoch(epoch: number): Uint8Array {
  return Buffer.from(`${epoch}`);
}

/** Throws on what is no epoch: guessing could give one out twice. */
export function decodeEpoch(bytes: Uint8Array): number {
  const epoch = Number(Buffer.from(bytes).toString());
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw new Error('The epochs bucket is damaged.');
  return epoch;
}

function parseRecord(bytes: Uint8Array): Record<string, unknown> {
  try {
    return parseJsonObject(bytes);
  } catch {
    return {};
  }
}
