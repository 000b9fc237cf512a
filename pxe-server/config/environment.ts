import { access, constants, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCatalog } from '../../builder/catalog/catalog.ts';
import { RackhandError } from '../../builder/shared/errors.ts';
import { interfaceFacts } from '../net/interfaces.ts';
import { exampleContext } from '../render/kickstart.ts';
import { Templates } from '../render/template.ts';
import type { Configuration } from './schema.ts';

/** Shipped templates; the site's own come after and win. */
const SHIPPED = join(import.meta.dirname, '../../kickstarts');

/** Everything a start needs, checked before any socket opens. Returns the template texts by name. */
export async function checkEnvironment(configuration: Configuration): Promise<Map<string, string>> {
  for (const wanted of configuration.provisioning.interfaces) checkInterface(wanted.name, wanted.address);
  await checkImages(configuration.images.catalog, configuration.images.default);
  if (process.getuid?.() === 0) {
    for (const user of [configuration.user, configuration.keysUser]) await checkUser(user);
  }
  const texts = await readTemplates(SHIPPED);
  if (configuration.kickstarts !== undefined) {
    for (const [name, text] of await readTemplates(configuration.kickstarts)) texts.set(name, text);
  }
  new Templates(texts).check(exampleContext(configuration.sshKeys));
  if (configuration.hosts !== undefined)
    await mustBeReadable(configuration.hosts, 'hosts-absent', 'hosts file');
  return texts;
}

function checkInterface(name: string, address: string): void {
  const facts = interfaceFacts(name);
  if (!facts.up)
    throw new RackhandError('interface-down', `interface ${name} is down`, `ip link set ${name} up`);
  const has = facts.addresses.map((a) => a.address);
  if (!has.includes(address)) {
    const what = `interface ${name} does not have address ${address}; it has ${has.join(', ') || 'none'}`;
    throw new RackhandError(
      'address-absent',
      what,
      `ip address add ${address}/24 dev ${name}, or correct the config`,
    );
  }
}

async function checkImages(catalog: string, wanted: string | undefined): Promise<void> {
  await mustBeReadable(catalog, 'catalog-absent', 'image catalog');
  if (wanted !== undefined) await openCatalog(catalog).resolve(wanted);
}

async function checkUser(user: string): Promise<void> {
  const passwd = await readFile('/etc/passwd', 'utf8');
  if (passwd.split('\n').some((line) => line.startsWith(`${user}:`))) return;
  const mend = `useradd --system --no-create-home --shell /usr/sbin/nologin ${user}`;
  throw new RackhandError('user-absent', `no account ${user}`, mend);
}

async function readTemplates(folder: string): Promise<Map<string, string>> {
  await mustBeReadable(folder, 'template-absent', 'folder of kickstart templates');
  const texts = new Map<string, string>();
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    if (!name.endsWith('.njk') || !(await stat(join(folder, name))).isFile()) continue;
    texts.set(name, await readFile(join(folder, name), 'utf8'));
  }
  return texts;
}

async function mustBeReadable(path: string, code: string, what: string): Promise<void> {
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new RackhandError(code, `${what} ${path} cannot be read`, 'correct the path or its permissions', {
      cause,
    });
  }
}
