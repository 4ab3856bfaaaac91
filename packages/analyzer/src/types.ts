// What a user of the SDK writes.

/** Every member left out is taken from its environment variable; what is given here wins. */
export interface AnalyzeOptions {
  /** COLDSTART_API_KEY. Without one the SDK is off. */
  readonly apiKey?: string | undefined;
  /** COLDSTART_ENDPOINT: origin or base path; `/api/v1/ingest` is added to it. Without one the SDK is off. */
  readonly endpoint?: string | undefined;
  /** COLDSTART_ENABLED; true by default. */
  readonly enabled?: boolean | undefined;
  /** COLDSTART_SAMPLE_RATE: the part of the invocations that is reported, 0 to 1; 1 by default. */
  readonly sampleRate?: number | undefined;
  /** COLDSTART_TIMEOUT: milliseconds that sending may delay an answer, 1 to 60,000; 1,000 by default. */
  readonly timeout?: number | undefined;
}

/** A function as Lambda calls it: async, with a callback, synchronous, or streaming its response. */
// biome-ignore lint/suspicious/noExplicitAny: parameters that a user leaves without a type get theirs from here, and any other type makes them unusable
export type LambdaHandler = (...parameters: any[]) => unknown;
