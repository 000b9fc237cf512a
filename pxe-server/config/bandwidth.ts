import { z } from 'zod';

const UNITS = { kbit: 1e3, Mbit: 1e6, Gbit: 1e9, Tbit: 1e12 } as const;
const TEXT = /^(\d{1,6}(?:\.\d{1,6})?) ?(kbit|Mbit|Gbit|Tbit)\/s$/;

/** "1 Gbit/s" or "2.5 Gbit/s": what a line carries; as a number, bytes a second. */
export const Bandwidth = z
  .string()
  .regex(TEXT, 'expected a number and kbit/s, Mbit/s, Gbit/s or Tbit/s, such as 1 Gbit/s')
  .transform((text) => {
    const [, number, unit] = TEXT.exec(text)!;
    return (Number(number) * UNITS[unit as keyof typeof UNITS]) / 8;
  })
  .refine((bytes) => bytes >= 125_000, 'expected at least 1 Mbit/s');
