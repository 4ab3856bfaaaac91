// What a copy is asked for, and what came of it.

export interface CopyOptions {
  readonly from: string;
  readonly to: string;
  /** Called often, with what has been done so far. */
  readonly onProgress: (done: Copied) => void;
}

export interface Copied {
  readonly files: number;
  readonly bytes: number;
  /** Links and what else is no file or folder, by the names of where they were found. */
  readonly skipped: readonly string[];
}
