// The SDK's settings, from options and COLDSTART_* variables. Nothing here throws, and no problem that is
// named repeats a value: an API key may have been put into the wrong variable.

/** Where and how to send. */
export interface Settings {
  readonly apiKey: string;
  readonly endpoint: Endpoint;
  /** 0 to 1. */
  readonly sampleRate: number;
  readonly timeoutMs: number;
}

export interface Endpoint {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  /** Empty: the protocol's own. */
  readonly port: string;
  /** Without a slash at its end. */
  readonly basePath: string;
}

/** `settings` is undefined where the SDK is off; `problems` are for one warning. */
export interface ReadSettings {
  readonly settings: Settings | undefined;
  readonly problems: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const defaultTimeoutMs = 1000;
const longestTimeoutMs = 60_000;

/** Options win over the environment, member by member. */
export function readSettings(
  options: unknown,
  environment: Environment = process.env,
): ReadSettings {
  const given = (typeof options === 'object' && options !== null ? options : {}) as Record<
    string,
    unknown
  >;
  const problems: string[] = [];
  const value = (option: string, variable: string): unknown => {
    const own = given[option];
    if (own !== undefined && own !== null) return own;
    const text = environment[variable]?.trim();
    return text === '' ? undefined : text;
  };

  const enabled = switchFrom(value('enabled', 'COLDSTART_ENABLED'));
  if (enabled === undefined) problems.push('enabled is neither true nor false: taken as true');
  if (enabled === false) return { settings: undefined, problems };

  const sampleRate = numberFrom(value('sampleRate', 'COLDSTART_SAMPLE_RATE'), 1, 0, 1);
  if (sampleRate === undefined) problems.push('sampleRate is not within 0 and 1: taken as 1');
  const timeoutMs = numberFrom(
    value('timeout', 'COLDSTART_TIMEOUT'),
    defaultTimeoutMs,
    1,
    longestTimeoutMs,
  );
  if (timeoutMs === undefined) {
    problems.push(
      `timeout is not within 1 and ${longestTimeoutMs} ms: taken as ${defaultTimeoutMs}`,
    );
  }
  const apiKey = apiKeyFrom(value('apiKey', 'COLDSTART_API_KEY'), problems);
  const endpoint = endpointFrom(value('endpoint', 'COLDSTART_ENDPOINT'), problems);
  if (apiKey === undefined || endpoint === undefined) return { settings: undefined, problems };
  return {
    settings: {
      apiKey,
      endpoint,
      sampleRate: sampleRate ?? 1,
      timeoutMs: timeoutMs ?? defaultTimeoutMs,
    },
    problems,
  };
}

/** Whether COLDSTART_ENABLED turns the SDK off, whatever options say later: then nothing is patched. */
export function switchedOff(environment: Environment = process.env): boolean {
  return switchFrom(environment['COLDSTART_ENABLED']?.trim() || undefined) === false;
}

function switchFrom(value: unknown): boolean | undefined {
  if (value === undefined) return true;
  const text = String(value).toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  return undefined;
}

function numberFrom(
  value: unknown,
  byDefault: number,
  least: number,
  most: number,
): number | undefined {
  if (value === undefined) return byDefault;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && number >= least && number <= most ? number : undefined;
}

/** A header's value: a line break in it would make every request fail. */
function apiKeyFrom(value: unknown, problems: string[]): string | undefined {
  const key = typeof value === 'string' ? value.trim() : value;
  if (key === undefined || key === '') {
    problems.push('no API key (COLDSTART_API_KEY or apiKey): nothing is reported');
    return undefined;
  }
  if (typeof key === 'string' && /^[\x21-\x7e]{1,512}$/.test(key)) return key;
  problems.push('the API key has characters that no key has: nothing is reported');
  return undefined;
}

function endpointFrom(value: unknown, problems: string[]): Endpoint | undefined {
  if (value === undefined || value === '') {
    problems.push('no endpoint (COLDSTART_ENDPOINT or endpoint): nothing is reported');
    return undefined;
  }
  try {
    const { protocol, hostname, port, pathname } = new URL(String(value).trim());
    if (protocol === 'http:' || protocol === 'https:') {
      return {
        protocol,
        // The brackets of an IPv6 address belong to the URL only.
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        basePath: pathname.replace(/\/+$/, ''),
      };
    }
  } catch {
    // Told below, like another protocol.
  }
  problems.push('the endpoint is no http or https URL: nothing is reported');
  return undefined;
}
