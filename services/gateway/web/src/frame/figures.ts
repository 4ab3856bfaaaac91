// Figures as people read them.

/** Milliseconds: `0.4 ms`, `12 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Bytes in powers of 1024: `312 B`, `4.2 kB`, `37 MB`. */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const [value, unit] = bytes < 1_024 ** 2 ? [bytes / 1_024, 'kB'] : [bytes / 1_024 ** 2, 'MB'];
  return `${value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
}

/** Of 0 to 1: `78 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `out_of_memory` as `out of memory`. */
export function words(name: string): string {
  return name.replaceAll('_', ' ');
}

/** The time of day, with seconds. */
export function clockTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '';
  return time.toLocaleTimeString('en-GB');
}

/** The day and the time, to the minute: `2 Jan 2026, 10:30`. */
export function dateTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '';
  return time.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/** How long ago, as `42 s ago`, `7 min ago`, `3 h ago` or `2 d ago`. */
export function ago(iso: string, now: Date): string {
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(iso)) / 1_000));
  if (Number.isNaN(seconds)) return '';
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h ago`;
  return `${Math.round(seconds / 86_400)} d ago`;
}
