import { join } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { NotGiven, Offer } from '../boot/offer.ts';
import { type InterfaceFacts, interfaceFacts } from '../net/interfaces.ts';
import { inNetwork, ipv4Text, parseCidr, parseIpv4 } from '../net/ipv4.ts';
import { KICKSTART_SHAPE } from '../render/kickstart.ts';
import { Templates } from '../render/template.ts';
import type { ReplicaInstaller } from '../roles/messages.ts';
import { readNames, TEMPLATE_NAMES } from '../templates/names-file.ts';
import { type Accounts, findAccount, mustReach, refuseUnfitAccounts } from './account.ts';
import { type GivenTls, readBootCertificate } from './boot-certificate.ts';
import { checkHosts, readTemplates } from './files.ts';
import { checkImages } from './images.ts';
import { checkInstallers } from './installers.ts';
import type { Configuration } from './schema.ts';
import { servedSubnets } from './served-subnets.ts';
import { checkSignedLoaders } from './signed-loaders.ts';

/** Shipped templates; the site's own come after and win. */
const SHIPPED = join(import.meta.dirname, '../../kickstarts');
/** What a role reads of the program itself after it gave root up. */
const PAGE = join(import.meta.dirname, '../ui/page/index.html');

export interface Environment {
  /** Null when the service runs as an unprivileged account already. */
  accounts: Accounts | null;
  /** Template texts by name: those that are shipped, and those of the site's folder. */
  templates: { shipped: Record<string, string>; folder: Record<string, string> };
  installers: ReplicaInstaller[];
  offer: Offer;
  /** The site's own for HTTPS boot. */
  bootTls: GivenTls | null;
}

/** Everything a start needs, checked before a folder is made or a socket opens. @throws RackhandError */
export async function checkEnvironment(configuration: Configuration): Promise<Environment> {
  const { provisioning, images, kickstarts, hosts } = configuration;
  for (const { name, address, subnet, ipv6 } of provisioning.interfaces) {
    const facts = interfaceFacts(name);
    checkInterface(facts, address, subnet?.cidr);
    if (ipv6) checkInterface(facts, ipv6.address);
  }
  const accounts = await findAccounts(configuration);
  const { image, all } = await checkImages(images.catalog, images.default);
  const site = kickstarts === undefined ? new Map<string, string>() : await readTemplates(kickstarts);
  const shipped = await readTemplates(SHIPPED);
  const templates = new Map([...shipped, ...site]);
  new Templates(templates, KICKSTART_SHAPE).check();
  const written = await readNames(join(configuration.state, 'control', TEMPLATE_NAMES));
  const installers = await checkInstallers(configuration.installers);
  const offer: Offer = {
    ...{ images: all, kickstarts: [...new Set([...templates.keys(), ...written])], installers },
    signedLoaders: await checkSignedLoaders(configuration.secureBoot, accounts?.user),
    subnets: servedSubnets(provisioning).flatMap(({ cidr, proxy }) => (proxy ? [] : [cidr])),
    notGiven: provisioning.interfaces.flatMap(notGiven),
    prefixes: provisioning.interfaces.flatMap(({ ipv6 }) => (ipv6 ? [ipv6.prefix] : [])),
  };
  if (hosts !== undefined) await checkHosts(hosts, offer);
  if (accounts) {
    const { user } = accounts;
    await mustReach(user, 'read', PAGE, 'the program');
    await mustReach(user, 'read', images.catalog, 'the image catalog');
    for (const { file } of image?.artifacts ?? [])
      await mustReach(user, 'read', join(image!.folder, file), 'the image');
    for (const { kernel, initramfs } of installers)
      for (const { path } of [kernel, initramfs]) await mustReach(user, 'read', path, 'the installer');
    if (hosts !== undefined) await mustReach(user, 'read', hosts, 'the hosts file');
  }
  const bootTls = await bootCertificate(provisioning);
  const texts = { shipped: Object.fromEntries(shipped), folder: Object.fromEntries(site) };
  return { accounts, templates: texts, installers, offer, bootTls };
}

function bootCertificate({ httpsBoot, interfaces }: Configuration['provisioning']): Promise<GivenTls> | null {
  const { certificate, key } = httpsBoot ?? {};
  if (certificate === undefined || key === undefined) return null;
  const addresses = interfaces.flatMap(({ address, ipv6 }) => [address, ...(ipv6 ? [ipv6.address] : [])]);
  return readBootCertificate({ certificate, key }, addresses, new Date());
}

/**
 * @param cidr subnet that we give addresses in
 * @throws RackhandError interface-down | address-absent | subnet-differs
 */
export function checkInterface(facts: InterfaceFacts, address: string, cidr?: string): void {
  const { name, up, addresses } = facts;
  if (!up) throw new RackhandError('interface-down', `interface ${name} is down`, `ip link set ${name} up`);
  const has = addresses.map((a) => a.address);
  if (has.includes(address)) {
    if (cidr !== undefined) checkPrefix(facts, cidr);
    return;
  }
  throw new RackhandError(
    'address-absent',
    `interface ${name} does not have address ${address}; it has ${has.join(', ') || 'none'}`,
    `ip address add ${address}/${address.includes(':') ? 64 : 24} dev ${name}, or correct the config`,
  );
}

/**
 * Machines are told the subnet's mask; with another one here, one side takes some of the others for neighbours that
 * they are not. Any address of the interface may have the prefix: a shared one is often a /32.
 */
function checkPrefix({ name, addresses }: InterfaceFacts, cidr: string): void {
  const network = parseCidr(cidr)!;
  const inside = addresses.filter((a) => {
    const number = parseIpv4(a.address);
    return number !== undefined && inNetwork(network, number);
  });
  if (inside.some(({ prefix }) => cidr.endsWith(`/${prefix}`))) return;
  const has = inside.map((a) => `${a.address}/${a.prefix}`).join(', ');
  throw new RackhandError(
    'subnet-differs',
    `interface ${name} has ${has}, but its subnet is ${cidr}: both sides would not agree on who is near`,
    `give the interface the prefix of the subnet (ip address), or correct subnet.cidr`,
  );
}

/** Addresses of a subnet that no machine can be promised. */
function notGiven({ address, subnet }: Configuration['provisioning']['interfaces'][number]): NotGiven[] {
  if (!subnet) return [];
  const { first, last } = parseCidr(subnet.cidr)!;
  return [
    { address, what: "this server's own" },
    ...(subnet.router ? [{ address: subnet.router, what: "the router's" }] : []),
    ...(last - first >= 3
      ? [
          { address: ipv4Text(first), what: "the network's" },
          { address: ipv4Text(last), what: 'for broadcasts' },
        ]
      : []),
  ];
}

async function findAccounts({ user, keysUser }: Configuration): Promise<Accounts | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = { user: await findAccount(user), keys: await findAccount(keysUser) };
  refuseUnfitAccounts(accounts);
  return accounts;
}
