import { InvalidArgumentError } from 'commander';

/** Parser of an option that takes a whole number within limits. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text !== '' && Number.isInteger(number) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
  };
}
