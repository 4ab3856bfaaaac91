// Figures in the texts of alerts, and spans of time in their rules.

export const secondMs = 1_000;
export const minuteMs = 60 * secondMs;

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1_000)} ms`;
  return value < 100 ? `${Number(value.toFixed(1))} s` : `${Math.round(value / 60)} min`;
}

export function percent(ratio: number): string {
  return `${Number((ratio * 100).toFixed(1))} %`;
}
