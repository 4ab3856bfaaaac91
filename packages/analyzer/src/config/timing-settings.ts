// Settings of module timing, from the environment alone: it begins before any option is known.

type Environment = Readonly<Record<string, string | undefined>>;

export interface TimingSettings {
  /** Absolute; own files are named from here: LAMBDA_TASK_ROOT, else the working directory. */
  readonly functionFolder: string;
  /** LAMBDA_RUNTIME_DIR: where Lambda's own program lies. */
  readonly runtimeFolder: string | undefined;
  /** COLDSTART_PRINT=1: the register entry prints the tree of load times when the process ends. */
  readonly printAtExit: boolean;
  /** COLDSTART_DETECT_UNUSED=true: find out which modules the first call used; slows that call down. */
  readonly detectUnused: boolean;
}

const isOn = (value: string | undefined): boolean => value === '1' || value === 'true';

export function readTimingSettings(
  environment: Environment = process.env,
  workingDirectory: () => string = process.cwd,
): TimingSettings {
  return {
    functionFolder: environment['LAMBDA_TASK_ROOT'] || folderOrRoot(workingDirectory),
    runtimeFolder: environment['LAMBDA_RUNTIME_DIR'] || undefined,
    printAtExit: isOn(environment['COLDSTART_PRINT']),
    detectUnused: isOn(environment['COLDSTART_DETECT_UNUSED']),
  };
}

/** A working directory may have been removed; then Node throws. */
function folderOrRoot(workingDirectory: () => string): string {
  try {
    return workingDirectory();
  } catch {
    return '/';
  }
}
