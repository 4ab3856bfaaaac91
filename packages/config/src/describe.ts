// A schema of settings as rows for the documentation.
import * as v from 'valibot';
import { type SettingsSchema, variableOf } from './load.ts';

/** One environment variable. */
export interface SettingRow {
  readonly name: string;
  readonly description: string;
  /** Undefined where there is none, or where it is computed (then the description says so). */
  readonly default?: string;
  readonly required: boolean;
}

/** Rows in the order of the schema. */
export function describeConfig(schema: SettingsSchema, prefix?: string): SettingRow[] {
  return Object.entries(schema.entries).map(([key, entry]) => {
    const fallback: unknown = 'default' in entry ? entry.default : undefined;
    return {
      name: variableOf(key, prefix),
      description: v.getDescription(entry) ?? '',
      ...(typeof fallback === 'string' && { default: fallback }),
      required: !v.safeParse(entry, undefined).success,
    };
  });
}
