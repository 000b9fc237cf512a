import { stringify } from 'yaml';
import type { z } from 'zod';
import type { Medium } from '../api/schemas.ts';
import type { Host } from '../hosts/model.ts';
import { time } from './tell.ts';

type Told = z.infer<typeof Medium>;

/** The file that `rackhand images media --config` reads; network and kernel arguments are the person's to add. */
export function mediumConfig({ token, certificate, servers, images, expiresAt }: Told): string {
  const server = { address: servers[0], certificate, token };
  const others = servers.slice(1).map((address) => `# or, on another network: ${address}\n`);
  const until = `# Good until ${expiresAt}. Add network: where the machine gets no address by DHCP.\n`;
  return until + others.join('') + stringify({ server, images: { address: images[0] } });
}

export function mediumText({ expiresAt, servers }: Told, { name, arm }: Pick<Host, 'name' | 'arm'>): string {
  const told = `for ${servers[0]}, good until ${time(expiresAt)}; earlier media of this host are good no more\n`;
  const waits = `${name} is not armed and registers by no medium: rackhand hosts arm ${name} always\n`;
  return arm === 'off' ? told + waits : told;
}
