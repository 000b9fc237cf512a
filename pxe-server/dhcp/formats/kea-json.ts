import { RackhandError } from '../../../builder/shared/errors.ts';
import { parseIpv4 } from '../../net/ipv4.ts';
import { macOf, type Reservation } from './entries.ts';

/** Reservations of Kea's configuration: `reservations` anywhere in it, or a list of them alone. @throws RackhandError leases-invalid */
export function readKeaReservations(text: string, file: string): Reservation[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(withoutComments(text));
  } catch (cause) {
    const what = `${file}: no JSON: ${cause instanceof Error ? cause.message : cause}`;
    throw new RackhandError('leases-invalid', what, "name Kea's configuration or lease file", { cause });
  }
  const found: Reservation[] = [];
  collect(Array.isArray(parsed) ? { reservations: parsed } : parsed, file, found);
  return found;
}

function collect(value: unknown, file: string, into: Reservation[]): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key !== 'reservations' || !Array.isArray(inner)) collect(inner, file, into);
    else for (const entry of inner) into.push(...reservation(entry, file));
  }
}

/** None for one that names its machine by something else than its hardware address, or no IPv4 address. */
function reservation(entry: unknown, file: string): Reservation[] {
  const given = entry as Record<string, unknown>;
  const text = (key: string) => (typeof given[key] === 'string' ? (given[key] as string) : undefined);
  const [hardware, address, name] = [text('hw-address'), text('ip-address'), text('hostname')];
  if (hardware === undefined || address === undefined) return [];
  const mac = macOf(hardware);
  if (mac === undefined || parseIpv4(address) === undefined) {
    const what = `${file}: reservation of ${address} for ${hardware}: not an address`;
    throw new RackhandError('leases-invalid', what, 'correct that reservation');
  }
  return [{ line: 1, macs: [mac], address, ...(name ? { name } : {}) }];
}

/**
 * Kea takes the comments of C, C++ and shell; lines stay where they are. What is not closed is taken to its end, so that
 * nothing is looked at twice.
 */
function withoutComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"?|\/\/[^\n]*|#[^\n]*|\/\*(?:[\s\S]*?\*\/|[\s\S]*)/g, (part) =>
    part.startsWith('"') ? part : part.replace(/[^\n]/g, ' '),
  );
}

/** The list for a subnet of Kea's configuration. */
export function writeKeaReservations(reservations: readonly Omit<Reservation, 'line'>[]): string {
  const list = reservations.flatMap(({ macs, address, name }) =>
    macs.slice(0, 1).map((mac) => ({
      'hw-address': mac,
      'ip-address': address,
      ...(name === undefined ? {} : { hostname: name }),
    })),
  );
  return `${JSON.stringify({ reservations: list }, null, 2)}\n`;
}
