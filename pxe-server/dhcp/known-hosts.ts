import type { Listed, Roster } from '../hosts/roster.ts';
import type { BootRequest } from './classify.ts';

/**
 * Whether a person declared or approved the machine, as far as DHCP can tell it: by a MAC of the declaration or of the
 * inventory, or by the UUID. It is no proof: who has the MAC gets the longer lease.
 */
export function isKnown(
  hosts: Roster<Listed & { approved: boolean }> | undefined,
  { mac, uuid }: Pick<BootRequest, 'mac' | 'uuid'>,
): boolean {
  const having = (by: 'mac' | 'inventory' | 'uuid', value: string | undefined) =>
    hosts?.having(by, value).some(({ approved }) => approved) ?? false;
  return having('mac', mac) || having('inventory', mac) || having('uuid', uuid?.toLowerCase());
}
