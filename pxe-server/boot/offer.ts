import { imagesNamed, type Nameable } from '../../builder/catalog/resolve.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { nearest } from '../../builder/shared/nearest.ts';
import type { HostDeclaration } from '../hosts/model.ts';
import { inNetwork, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import { inNetwork6, parseCidr6, parseIpv6 } from '../net/ipv6.ts';
import { resolveInstaller, resolveKickstart } from './resolve.ts';

/** What this server can give to a machine: what a declaration may name. */
export interface Offer {
  images: readonly Nameable[];
  /** Templates by their names. */
  kickstarts: readonly string[];
  installers: readonly { name: string }[];
  /** shim and the distribution's GRUB are here, for firmware that starts signed loaders only. */
  signedLoaders: boolean;
  /** Networks in which it gives addresses: "192.0.2.0/24". */
  subnets: readonly string[];
  /** Addresses in them that are somebody's already. */
  notGiven: readonly NotGiven[];
  /** Networks in which it gives IPv6 addresses: "fd00:52::/64". */
  prefixes: readonly string[];
}

export interface NotGiven {
  address: string;
  /** Whose it is: "the router's". */
  what: string;
}

type Bootable = Pick<
  HostDeclaration,
  'name' | 'macs' | 'image' | 'kickstart' | 'installer' | 'secureBoot' | 'address' | 'address6'
>;
type Check = (offer: Offer, host: Bootable) => RackhandError | undefined;

/** Each check with the fields that it looks at. */
const CHECKS: readonly [fields: readonly (keyof Bootable)[], check: Check][] = [
  [['image'], lackOfImage],
  [['kickstart'], lackOfKickstart],
  [['kickstart', 'installer'], lackOfInstaller],
  [['secureBoot', 'macs'], lackOfSecureBoot],
  [['address'], lackOfSubnet],
  [['address6'], lackOfPrefix],
];

/**
 * A host that is declared so that it could not boot; with `changed`, only what those fields bring about. Pure.
 * @throws RackhandError image-absent | kickstart-absent | installer-absent | secure-boot-impossible |
 *   address-outside | address-taken, naming what there is
 */
export function refuseUnbootable(offer: Offer, host: Bootable, changed?: readonly string[]): void {
  for (const [fields, check] of CHECKS) {
    if (changed && !fields.some((field) => changed.includes(field))) continue;
    const refusal = check(offer, host);
    if (refusal) throw refusal;
  }
}

function lackOfImage({ images }: Offer, { name, image }: Bootable): RackhandError | undefined {
  if (image === undefined) return undefined;
  const meant = imagesNamed(images, image);
  if (meant.length === 1) return undefined;
  if (meant.length > 1) {
    const ids = meant.map(({ id }) => id).join(', ');
    return new RackhandError(
      'image-absent',
      `host ${name}: ${image} fits several images`,
      `name one of: ${ids}`,
    );
  }
  const known = images.map((i) => `${i.name} (${[i.id, ...(i.tags ?? [])].join(', ')})`).join(', ') || 'none';
  return new RackhandError(
    'image-absent',
    `host ${name}: no image ${image}`,
    `images in the catalog: ${known}`,
  );
}

function lackOfKickstart({ kickstarts }: Offer, { name, kickstart }: Bootable): RackhandError | undefined {
  if (kickstart === undefined || resolveKickstart(kickstarts, kickstart) !== undefined) return undefined;
  const whole = kickstarts.filter((template) => !template.includes('/'));
  const [near] = nearest(kickstart, [...whole, ...whole.map((t) => t.replace(/\.ks\.njk$/, ''))], 1);
  const known = `known templates: ${whole.join(', ') || 'none'}`;
  return new RackhandError(
    'kickstart-absent',
    `host ${name}: no kickstart template ${kickstart}`,
    near === undefined ? known : `did you mean ${near}? ${known}`,
  );
}

function lackOfInstaller({ installers }: Offer, host: Bootable): RackhandError | undefined {
  if (host.kickstart === undefined && host.installer === undefined) return undefined;
  const found = resolveInstaller(installers, host.installer);
  if ('installer' in found) return undefined;
  const known = installers.map(({ name }) => name).join(', ');
  return new RackhandError(
    'installer-absent',
    `host ${host.name}: ${found.why}; a kickstart needs one to be read by`,
    known === ''
      ? "name an installation medium's kernel and initramfs in the configuration (installers), and restart the service"
      : `set installer to one of: ${known}`,
  );
}

/** GRUB shows nothing but the MAC when it asks for its configuration, so a serial would not be enough. */
function lackOfSecureBoot(
  { signedLoaders }: Offer,
  { name, secureBoot, macs }: Bootable,
): RackhandError | undefined {
  if (!secureBoot) return undefined;
  const impossible = (why: string, mend: string) =>
    new RackhandError('secure-boot-impossible', `host ${name}: ${why}`, mend);
  if (!signedLoaders)
    return impossible(
      'Secure Boot needs shimx64.efi and grubx64.efi, and this server lacks them',
      SIGNED_MEND,
    );
  if (macs.length > 0) return undefined;
  return impossible('under Secure Boot a machine shows its MAC alone', 'declare the MAC that it boots from');
}

/** How to get the two loaders that firmware trusts. */
export const SIGNED_MEND =
  'apt install shim-signed grub-efi-amd64-signed, or dnf install shim-x64 grub2-efi-x64; ' +
  'or name copies of them: secureBoot.shim and secureBoot.grub; then restart the service';

function lackOfSubnet({ subnets, notGiven }: Offer, { name, address }: Bootable): RackhandError | undefined {
  if (address === undefined) return undefined;
  const number = parseIpv4(address);
  const inside = (cidr: string) => {
    const network = parseCidr(cidr);
    return number !== undefined && network !== undefined && inNetwork(network, number);
  };
  const taken = notGiven.find((other) => other.address === address);
  if (taken)
    return new RackhandError(
      'address-taken',
      `host ${name}: address ${address} is ${taken.what}`,
      `choose another one in ${subnets.join(', ')}`,
    );
  if (subnets.some(inside)) return undefined;
  return new RackhandError(
    'address-outside',
    `host ${name}: address ${address} is in no subnet of this server`,
    subnets.length === 0
      ? 'give a provisioning interface a subnet: without one no address is given to machines'
      : `choose one in ${subnets.join(', ')}`,
  );
}

function lackOfPrefix({ prefixes }: Offer, { name, address6 }: Bootable): RackhandError | undefined {
  const number = address6 === undefined ? undefined : parseIpv6(address6);
  if (number === undefined) return undefined;
  const networks = prefixes.flatMap((text) => parseCidr6(text) ?? []);
  if (networks.some((network) => inNetwork6(network, number))) return undefined;
  return new RackhandError(
    'address-outside',
    `host ${name}: address6 ${address6} is in no IPv6 prefix of this server`,
    prefixes.length === 0
      ? 'give a provisioning interface ipv6: without it no IPv6 address is given to machines'
      : `choose one in ${prefixes.join(', ')}`,
  );
}
