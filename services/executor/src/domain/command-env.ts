// The environment of a command in a leased sandbox.
import type { Template } from '@pilotlight/contracts';

type Environment = Readonly<Record<string, string>>;

/** The parts of a lease that decide on it. */
export interface LeaseEnvironment {
  readonly env: Environment;
  readonly record: { readonly template: Pick<Template, 'analyze_env'> };
}

/**
 * What the lease was given and then what the command was. With ANALYZE=1 among it, what the template adds
 * for the analyzer, unless either says otherwise.
 */
export function commandEnv(
  { env: ofLease, record }: LeaseEnvironment,
  { env: ofCommand }: { readonly env: Environment },
): Environment {
  const env = { ...ofLease, ...ofCommand };
  return env['ANALYZE'] === '1' ? { ...record.template.analyze_env, ...env } : env;
}
