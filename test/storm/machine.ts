import { Option } from '../../pxe-server/dhcp/options.ts';
import type { Answer, RelayClients } from '../pxe-server/dhcp/relay-clients.ts';
import { register } from './agent.ts';
import { BootFault, LostFault, persistently, sleep } from './fault.ts';
import { ask, type HttpAnswer } from './http.ts';
import { readScript, type Script } from './script.ts';
import type { Step, Tally } from './steps.ts';
import { fetchByTftp } from './tftp.ts';

export interface Machine {
  mac: string;
  /** Certificate request of its agent. */
  csr: string;
}

/** What all machines share. */
export interface World {
  dhcp: RelayClients;
  server: string;
  /** Bytes of the loaders by name. */
  loaders: ReadonlyMap<string, Buffer>;
  tally: Tally;
  /** From the start of a kernel to the first thing that it asks for. */
  kernelSeconds: number;
  /** From a boot that failed to the next. */
  resetSeconds: number;
}

const MOST_BOOTS = 10;
/** Milliseconds of each: PXE's own for DHCP, of our first script, of our initramfs, of the installer's curl. */
const DHCP_PATIENCE = [4000, 8000, 16_000, 32_000];
const SCRIPT_PAUSES = Array.from({ length: 60 }, () => 5000);
const ROOT_PAUSES = Array.from({ length: 100 }, () => 5000);
const KICKSTART_PAUSES = [1000, 2000, 4000];
/** Of our boot script when the kernel could not be loaded, and of a refusal. */
const FAILED_SECONDS = 30;

const option = (code: number, text: string): [number, Buffer] => [code, Buffer.from(text, 'latin1')];
/** UEFI on x64, and the iPXE that it loads. */
const FIRMWARE: [number, Buffer][] = [
  option(Option.vendorClass, 'PXEClient:Arch:00007:UNDI:003000'),
  [Option.clientArchitecture, Buffer.of(0, 7)],
];
const IPXE: [number, Buffer][] = [...FIRMWARE, option(Option.userClass, 'iPXE')];

/** A machine from power to its end, with as many resets as firmware makes. @throws LostFault */
export async function live(machine: Machine, world: World): Promise<void> {
  const { tally } = world;
  await tally.timed('boot', async () => {
    for (let boots = 1; ; boots++) {
      try {
        return await boot(machine, world);
      } catch (fault) {
        tally.fault((fault as Error).message);
        if (!(fault instanceof BootFault) || boots === MOST_BOOTS)
          throw new LostFault((fault as Error).message);
        tally.again('boot');
        await sleep(world.resetSeconds * 1000);
      }
    }
  });
  tally.finish();
}

/** Firmware, loader, script, kernel; then installer or agent. */
async function boot(machine: Machine, world: World): Promise<void> {
  const first = await address(machine, world, FIRMWARE);
  await loader(world, first);
  const { address: local, bootFile } = await address(machine, world, IPXE);
  const own = await script(machine, world, local, bootFile);
  const { words } = own;
  await kernel(world, local, own);
  await sleep(world.kernelSeconds * 1000);
  const kickstart = words.get('inst.ks');
  if (kickstart !== undefined) return installer(world, local, kickstart);
  await root(world, local, words);
  const told = {
    url: words.get('rackhand.url')!,
    ca: words.get('rackhand.ca')!,
    token: words.get('rackhand.token')!,
  };
  await world.tally.timed('registration', () =>
    register(told, { ...machine, address: local }, () => world.tally.again('registration')),
  );
}

function address({ mac }: Machine, { dhcp, tally }: World, options: [number, Buffer][]): Promise<Answer> {
  return tally.timed('dhcp', async () => {
    for (const patience of DHCP_PATIENCE) {
      const ack = (await dhcp.lease(mac, patience, options))[1];
      // Firmware passes over an answer that names no file.
      if (ack?.kind === 'ack' && ack.bootFile !== '') return ack;
      tally.again('dhcp');
    }
    throw new BootFault(`${mac}: no address by DHCP`);
  });
}

function loader({ server, loaders, tally }: World, { address: local, bootFile }: Answer): Promise<void> {
  const expected = loaders.get(bootFile);
  if (!expected) throw new BootFault(`DHCP named ${bootFile}, which is no loader`);
  const wanted = { server, local, file: bootFile, expected };
  return tally.timed('loader', () =>
    fetchByTftp(wanted, () => tally.again('loader')).catch((error: Error) => {
      throw new BootFault(error.message);
    }),
  );
}

/** The first script and the machine's own, which may come to be told after some waiting. */
async function script(
  { mac }: Machine,
  world: World,
  local: string,
  url: string,
): Promise<Extract<Script, { kind: 'boot' }>> {
  const { tally } = world;
  const told = await tally.timed('script', async () => {
    const start = await loaded(world, 'script', url, local, []);
    const first = readScript(start.body, mac);
    if (first.kind !== 'ask') throw new BootFault(`the first script asks for nothing: ${start.body}`);
    return readScript((await loaded(world, 'script', first.url, local, SCRIPT_PAUSES)).body, mac);
  });
  return tally.timed('turn', async () => {
    let now = told;
    while (now.kind === 'wait') {
      await sleep(now.seconds * 1000);
      now = readScript((await loaded(world, 'turn', now.url, local, SCRIPT_PAUSES)).body, mac);
    }
    if (now.kind === 'boot') return now;
    await sleep(FAILED_SECONDS * 1000);
    throw new BootFault(`${mac} was told: ${now.kind === 'other' ? now.echo : now.url}`);
  });
}

async function kernel(
  world: World,
  local: string,
  { kernel: url, initramfs }: Extract<Script, { kind: 'boot' }>,
) {
  await world.tally.timed('kernel', async () => {
    for (const one of [url, initramfs]) await loaded(world, 'kernel', one, local, [], () => undefined);
  });
}

function installer(world: World, local: string, url: string): Promise<void> {
  return world.tally.timed('kickstart', async () => {
    const { body } = await loaded(world, 'kickstart', url, local, KICKSTART_PAUSES);
    if (!/^liveimg --url=/m.test(body)) throw new LostFault(`a kickstart that installs nothing: ${body}`);
  });
}

/** The root image, gone on with where it broke off. */
async function root(world: World, local: string, words: ReadonlyMap<string, string>): Promise<void> {
  const url = words.get('root')!.replace(/^live:/, '');
  const size = Number(words.get('rackhand.size'));
  let got = 0;
  await world.tally.timed('root', () =>
    persistently(
      url,
      ROOT_PAUSES,
      async () => {
        const answer = await ask(url, { local, from: got, onBytes: (count) => (got += count) });
        if (answer.status >= 300 || got !== size)
          throw new Error(`${got} of ${size} bytes, ${answer.status}`);
      },
      () => world.tally.again('root'),
    ),
  );
}

/** @throws BootFault when it does not come within the pauses, or is refused */
function loaded(
  { tally }: World,
  step: Step,
  url: string,
  local: string,
  pauses: readonly number[],
  onBytes?: (count: number) => void,
): Promise<HttpAnswer> {
  return persistently(
    url,
    pauses,
    async () => {
      const answer = await ask(url, { local, ...(onBytes ? { onBytes } : {}) });
      if (answer.status === 200) return answer;
      const what = `${step} got ${answer.status}: ${answer.body.slice(0, 200)}`;
      throw answer.status < 500 ? new BootFault(what) : new Error(what);
    },
    () => tally.again(step),
  );
}
