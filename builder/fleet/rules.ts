import type { Fleet } from '../contract/fleet.ts';
import type { PlacedRule } from '../recipe/strip-rules.ts';
import { type Driver, driverFinder } from './match.ts';

/** Rule set that a fleet's rules begin with: which folders are hardware, and what every machine keeps of them. */
export const SAFETY_SET = 'fleet-safety';

/** A module that some host needs, and for which of its devices. */
interface Wanted {
  host: string;
  modalias: string;
  hosts: Set<string>;
}

/**
 * Rules that keep the drivers of a fleet's devices, one for each module, in the order of names. They come after the
 * recipe's own rules and the safety set, which drops the hardware folders first.
 * @param file name of the fleet's file, for the rules' places
 */
export function fleetRules(
  fleet: Fleet,
  safety: readonly PlacedRule[],
  drivers: readonly Driver[],
  file: string,
): PlacedRule[] {
  const wanted = wantedDrivers(fleet, drivers);
  const keep = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1));
  return [...safety, ...keep.map(([name, reason]) => keepRule(name, reason, file))];
}

function wantedDrivers({ hosts }: Fleet, drivers: readonly Driver[]): Map<string, Wanted> {
  const driversOf = driverFinder(drivers);
  const wanted = new Map<string, Wanted>();
  const want = (name: string, host: string, modalias: string) => {
    const known = wanted.get(name);
    if (known) known.hosts.add(host);
    else wanted.set(name, { host, modalias, hosts: new Set([host]) });
  };
  for (const { name: host, modaliases } of hosts) {
    for (const modalias of modaliases) for (const { name } of driversOf(modalias)) want(name, host, modalias);
  }
  const functions = functionsOf(drivers);
  for (const [parent, { host, hosts }] of wanted) {
    for (const { name, alias } of functions.get(parent) ?? []) {
      if (!wanted.has(name)) wanted.set(name, { host, modalias: alias, hosts });
    }
  }
  return wanted;
}

/**
 * Drivers of a driver's further functions, such as RDMA on a network adapter. The kernel makes those devices on the
 * auxiliary bus only once the first driver runs, so an inventory taken without it does not list them.
 */
function functionsOf(drivers: readonly Driver[]): Map<string, { name: string; alias: string }[]> {
  const functions = new Map<string, { name: string; alias: string }[]>();
  for (const { name, aliases } of drivers) {
    for (const alias of aliases) {
      const parent = /^auxiliary:([A-Za-z0-9_]+)\./.exec(alias)?.[1];
      if (parent === undefined) continue;
      functions.set(parent, [...(functions.get(parent) ?? []), { name, alias }]);
    }
  }
  return functions;
}

function keepRule(name: string, { host, modalias, hosts }: Wanted, file: string): PlacedRule {
  const others = hosts.size - 1;
  const more = others === 0 ? '' : ` and of ${others} more ${others === 1 ? 'host' : 'hosts'}`;
  return {
    ...{ verb: 'keep-module', patterns: [name], needed: undefined, at: `${file}:${host}` },
    because: `a device of ${host}${more}: ${shortened(modalias)}`,
  };
}

/** Modaliases of processors list hundreds of features. */
function shortened(modalias: string): string {
  return modalias.length > 80 ? `${modalias.slice(0, 77)}…` : modalias;
}
