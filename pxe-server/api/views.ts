import type { z } from 'zod';
import type { Image } from '../../builder/catalog/catalog.ts';
import type { Host } from '../hosts/model.ts';
import type { HostRow, HostView, ImageView } from './schemas.ts';

/** What the API tells of a host. */
export function hostView({
  publicKey: _key,
  declaredAs: _identity,
  install: _secrets,
  ...host
}: Host): z.infer<typeof HostView> {
  return host;
}

export function hostRow(host: Host): HostRow {
  const { id, name, state, reason, stateSince, approved, arm, image, kickstart } = host;
  const { serial, rack, unit, managementAddress } = host;
  const macs = [...new Set([...host.macs, ...(host.inventory?.nics.map((nic) => nic.mac) ?? [])])];
  const shown = { id, name, state, reason, stateSince, approved, arm, image, kickstart };
  return { ...shown, serial, rack, unit, managementAddress, macs };
}

export function imageView({ manifest, times, tags }: Image): ImageView {
  return { ...manifest, builtAt: times?.builtAt ?? null, tags };
}
