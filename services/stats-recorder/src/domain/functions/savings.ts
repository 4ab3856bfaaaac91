// How much of a recorded time is promised, by what is to be done, and what is not worth a line.
import type { Evidence } from './advice.ts';

/**
 * Of what a module takes, when the start does without it. The rest is for what others load instead then:
 * where several packages share files, the one that is loaded first pays for all. A function that was told to
 * load sequelize later saved 253 of its 264 ms on Node 26.10.0, and more than its 221 ms on 18.20.8 (2026-11-21).
 */
export const deferredSaving = 0.8;

/**
 * Of a package's own time, when its files are bundled into one: 0.21 to 0.83 of the whole time of express,
 * axios, joi, winston, jsonwebtoken, sequelize and date-fns, bundled by esbuild 0.28 and minified (2026-11-21,
 * Node 18.20.8 and 26.10.0).
 */
export const bundledSaving = 0.2;

/** As `deferredSaving`, where nobody told whether the first call needs the module: it may have to be loaded then. */
export const guessedSaving = 0.5;

/** Of the time of code that is needed, when it does less or something lighter does it. An estimate. */
export const reworkSaving = 0.25;

/** Part of init from which on a module is worth a line for its time alone. */
export const highShare = 0.1;

/** A saving is told from either of these on: milliseconds, or a part of init... */
const leastSavingMs = 5;
const leastSavingShare = 0.02;
/** ...but never below what clocks and a run's noise can tell apart, in milliseconds. */
const leastTellableMs = 1;

/** What is guessed must be worth its milliseconds: a lean function's short init has no slow modules. */
export function isWorthwhile(savingMs: number, evidence: Evidence, initMs: number): boolean {
  if (savingMs >= leastSavingMs) return true;
  if (evidence === 'guessed') return false;
  return savingMs >= Math.max(leastTellableMs, leastSavingShare * initMs);
}
