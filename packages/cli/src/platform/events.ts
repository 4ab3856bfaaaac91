// What a platform tells of itself while it starts, runs and stops.

export type PlatformEvent =
  | { readonly kind: 'starting'; readonly name: string }
  | { readonly kind: 'ready'; readonly name: string; readonly afterMs: number }
  /** It ended unasked; it is started again after `restartInMs`. */
  | {
      readonly kind: 'crashed';
      readonly name: string;
      readonly reason: string;
      readonly restartInMs: number;
    }
  /** A warning or an error from a process's log. */
  | {
      readonly kind: 'note';
      readonly name: string;
      readonly level: 'warn' | 'error';
      readonly message: string;
    }
  | { readonly kind: 'stopping'; readonly name: string };

export type OnEvent = (event: PlatformEvent) => void;
