// Identifiers. Everything that becomes a token of a subject, a file name or a cgroup passes here.
import { type FieldError, PlatformError } from './errors.ts';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** One token of a NATS subject: `[A-Za-z0-9_-]{1,64}`, so never a wildcard and never two tokens. */
export type Token = Branded<'Token'>;
/** An execution's id, chosen by its publisher; always a token. */
export type ExecutionId = Token;
/** `sb_<node>_<incarnation>_<serial>`: enough to route a call without a lookup. */
export type SandboxId = Branded<'SandboxId'>;

const tokenPattern = /^[A-Za-z0-9_-]{1,64}$/;
const namePattern = /^[A-Za-z0-9-]{1,32}$/;
const sandboxPattern = /^sb_([A-Za-z0-9-]{1,32})_([A-Za-z0-9-]{1,32})_([0-9a-z]{1,12})$/;

/** Says what is wrong with a would-be token, or nothing. */
export function tokenProblem(field: string, value: string): FieldError | undefined {
  if (tokenPattern.test(value)) return undefined;
  return { field, problem: 'must be 1 to 64 letters, digits, "_" or "-"' };
}

/** The only constructor of tokens. Throws `invalid_argument`, naming `field`. */
export function token(field: string, value: string): Token {
  const problem = tokenProblem(field, value);
  if (problem === undefined) return value as Token;
  throw new PlatformError('invalid_argument', `${field}: ${problem.problem}`, {
    details: [problem],
  });
}

export interface SandboxAddress {
  readonly node: string;
  readonly incarnation: string;
}

/** `serial` counts up within one incarnation of one node. Throws on a name that is none. */
export function sandboxId(address: SandboxAddress, serial: number): SandboxId {
  for (const name of [address.node, address.incarnation]) {
    if (!namePattern.test(name)) {
      throw new PlatformError('internal', `"${name}" must be 1 to 32 letters, digits or "-"`);
    }
  }
  return `sb_${address.node}_${address.incarnation}_${serial.toString(36)}` as SandboxId;
}

/** Where a sandbox lives, or undefined for what is no sandbox id. */
export function addressOf(id: string): SandboxAddress | undefined {
  const match = sandboxPattern.exec(id);
  const [, node, incarnation] = match ?? [];
  return node === undefined || incarnation === undefined ? undefined : { node, incarnation };
}
