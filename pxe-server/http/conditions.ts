import type { IncomingHttpHeaders } from 'node:http';

/**
 * What a request's conditions come to for a file with this strong tag and no date (RFC 9110 section 13.2.2): dates are
 * passed over, as for everything that has none. Pure.
 * @returns whole: send it, whatever Range says; ranges: Range counts
 */
export function conditions(
  headers: IncomingHttpHeaders,
  tag: string,
): 'failed' | 'not-modified' | 'whole' | 'ranges' {
  const { 'if-match': match, 'if-none-match': known, 'if-range': unchanged } = headers;
  if (match !== undefined && !tags(match).some((one) => one === tag || one === '*')) return 'failed';
  const weakly = (one: string) => one.replace(/^W\//, '') === tag || one === '*';
  if (known !== undefined && tags(known).some(weakly)) return 'not-modified';
  return unchanged === undefined || unchanged === tag ? 'ranges' : 'whole';
}

function tags(list: string): string[] {
  return list.split(',').map((one) => one.trim());
}
