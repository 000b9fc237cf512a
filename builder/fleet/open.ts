import { basename } from 'node:path';
import { loadRuleSet } from '../recipe/load.ts';
import type { PlacedRule } from '../recipe/strip-rules.ts';
import { identity } from '../shared/ids.ts';
import type { Driver } from './match.ts';
import { readFleet } from './read.ts';
import { fleetRules, SAFETY_SET } from './rules.ts';

/** A fleet as a build uses it. */
export interface OpenFleet {
  /** Of the machines and of the safety set: what the rules come from. */
  identity: string;
  /** The rules that keep the drivers of its devices, once the root's modules are known. */
  rules: (drivers: readonly Driver[]) => PlacedRule[];
}

/** @throws RackhandError fleet-missing | fleet-invalid */
export async function openFleet(file: string): Promise<OpenFleet> {
  const fleet = await readFleet(file);
  const safety = await loadRuleSet(SAFETY_SET);
  return {
    identity: identity({ fleet, safety: safety.map(({ at: _, ...rule }) => rule) }),
    rules: (drivers) => fleetRules(fleet, safety, drivers, basename(file)),
  };
}
