// Numbers on the command line.
import { InvalidArgumentError } from 'commander';

/** A parser of whole numbers for an option; commander shows the problem with the option's name. */
export function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
