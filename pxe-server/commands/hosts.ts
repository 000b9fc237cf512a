import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { z } from 'zod';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import { writeOutput } from '../../builder/shared/output.ts';
import type { HostRows, HostView, ImportReply, Medium, Pairing } from '../api/schemas.ts';
import type { Event } from '../events/journal.ts';
import { fleetOf, type Inventoried } from '../hosts/fleet.ts';
import { Arming } from '../hosts/model.ts';
import type { PlanView } from '../kickstart/plan/view.ts';
import { addBootCommands } from './boots.ts';
import { addHostKickstartCommand } from './host-kickstart.ts';
import { hostsFormat } from './hosts-format.ts';
import { mediumConfig, mediumText } from './medium.ts';
import { type ApiOptions, caller, openClient, withApiOptions } from './session.ts';
import { declaredLine, hostLine, hostStory, hostTable, pairingText, planStory } from './tell.ts';
import { wholeNumber } from './whole-number.ts';

type View = z.infer<typeof HostView>;
type Told = z.infer<typeof Medium>;
type Write = (text: string) => void;

/** `rackhand hosts …`: the API for people at a terminal and for scripts (`--json`). */
export function addHostCommands(program: Command, write: Write = (text) => process.stdout.write(text)): void {
  const hosts = program.command('hosts').description('declare, approve and arm hosts; see their state');
  const verb = (usage: string, about: string) => withApiOptions(hosts.command(usage).description(about));
  const call = caller(write);
  const actOn = (options: ApiOptions, host: string, action: string, body: unknown) =>
    call<View>(options, (api) => api.post(`${pathOf(host)}/${action}`, body), hostLine);

  verb('list', 'all hosts with their state').action((options: ApiOptions) =>
    call<z.infer<typeof HostRows>>(
      options,
      (api) => api.get('/overview'),
      (answer) => hostTable(answer.hosts),
    ),
  );
  verb('show <host>', 'one host: what it is, and its events')
    .option('--events <number>', 'how many of its newest events', wholeNumber(1, 1000), 50)
    .action((host: string, options: ApiOptions & { events: number }) =>
      call<{ host: View; events: Event[] }>(
        options,
        async (api) => {
          const shown = await api.get(pathOf(host));
          const story = await api.get(`/events?host=${encodeURIComponent(host)}&limit=${options.events}`);
          return { host: shown, ...(story as { events: Event[] }) };
        },
        (answer) => hostStory(answer.host, answer.events),
      ),
    );
  addBootCommands(verb, write);
  addHostKickstartCommand(verb, write);
  verb(
    'plan <host>',
    'what its kickstart would do to its machine: the disks before and after, every step',
  ).action(async (host: string, options: ApiOptions) => {
    const view = (await (await openClient(options)).get(`${pathOf(host)}/plan`)) as PlanView;
    write(options.json ? `${JSON.stringify(view, null, 2)}\n` : planStory(view));
    if (view.plan) return;
    const what = `${view.host}: no plan for this machine`;
    throw new RackhandError('plan-refused', what, 'do as each finding says');
  });
  verb('import <file>', 'declare the hosts of a CSV or YAML file: all of them, or none').action(
    async (file: string, options: ApiOptions) => {
      const body = { format: hostsFormat(file), name: basename(file), text: await readText(file) };
      await call<z.infer<typeof ImportReply>>(
        options,
        (api) => api.post('/hosts/import', body),
        (told) =>
          `${told.declared.length} declared, ${told.replaced.length} replaced, ${told.unchanged.length} as before\n`,
      );
    },
  );
  verb('fleet [host...]', 'the devices of all hosts, or of these: for build --fleet and images fit')
    .option('--output <file>', 'write it there instead of printing it')
    .action(async (names: string[], options: ApiOptions & { output?: string }) => {
      const { hosts: list } = (await (await openClient(options)).get('/hosts')) as { hosts: Inventoried[] };
      const { fleet, without } = fleetOf(list, names);
      if (without.length > 0) process.stderr.write(`no inventory yet, left out: ${without.join(', ')}\n`);
      const text = `${JSON.stringify(fleet, null, 2)}\n`;
      if (options.output === undefined) return write(text);
      await writeOutput(options.output, text);
      write(`${options.output}: ${fleet.hosts.length} hosts\n`);
    });
  declarationOptions(verb('add <name>', 'declare a host')).action((name: string, options: Declaring) =>
    call<View>(options, (api) => api.post('/hosts', { name, ...declaration(options) }), declaredLine),
  );
  declarationOptions(verb('set <host>', 'change what is declared of a host; an empty value takes it away'))
    .option('--name <name>', 'new name')
    .action((host: string, options: Declaring, command: Command) => {
      const changes = emptyToNull(declaration(options));
      if (Object.values(changes).every((value) => value === undefined))
        command.error(`error: nothing to change is named; see rackhand hosts set --help`);
      return call<View>(options, (api) => api.patch(pathOf(host), changes), declaredLine);
    });
  verb('approve <host>', 'approve a pending machine')
    .option('--name <name>', 'name it gets')
    .option('--image <name>', 'image id or recipe name')
    .addOption(new Option('--arm <when>', 'for which boots').choices(Arming.options).default('always'))
    .action((host: string, { name, image, arm, ...options }: Declaring) =>
      actOn(options, host, 'approve', { name, image, arm }),
    );
  verb('arm <host>', 'let a host boot its image: at its next boot, at every boot, or no more')
    .addArgument(new Argument('[when]', 'for which boots').choices(Arming.options).default('once'))
    .action((host: string, arm: string, options: ApiOptions) => actOn(options, host, 'arm', { arm }));
  verb('release <host>', 'put a frozen or failed host back').action((host: string, options: ApiOptions) =>
    actOn(options, host, 'release', {}),
  );
  verb('probe <host>', 'let the manager prove a registered host again').action(
    (host: string, options: ApiOptions) => actOn(options, host, 'probe', {}),
  );
  verb('remove <host>', 'forget a host and what was given to it').action(
    (host: string, options: ApiOptions) =>
      call<{ removed: string }>(
        options,
        (api) => api.delete(pathOf(host)),
        ({ removed }) => `${removed}: removed\n`,
      ),
  );
  verb('medium <host>', 'write what a medium of this host needs, for rackhand images media --config')
    .option('--days <number>', 'how long its token is good', wholeNumber(1, 3650), 90)
    .requiredOption('--output <file>', 'where it goes; it is as secret as the token in it')
    .action(async (host: string, options: ApiOptions & { days: number; output: string }) => {
      const api = await openClient(options);
      const { name, arm } = (await api.get(pathOf(host))) as View;
      const medium = (await api.post(`${pathOf(host)}/medium`, { days: options.days })) as Told;
      await writeOutput(options.output, mediumConfig(medium), { mode: 0o600 });
      const { token: _, ...told } = medium;
      write(
        options.json
          ? `${JSON.stringify(told, null, 2)}\n`
          : `${options.output}: ${mediumText(medium, { name, arm })}`,
      );
    });
  verb('pair [host]', 'show a pairing code for a machine booted by hand').action(
    (host: string | undefined, options: ApiOptions) =>
      call<z.infer<typeof Pairing>>(options, (api) => api.post('/pairing', { host }), pairingText),
  );
}

interface Declaring extends ApiOptions {
  name?: string;
  mac?: string[];
  serial?: string;
  uuid?: string;
  image?: string;
  kickstart?: string;
  installer?: string;
  secureBoot?: boolean | '';
  rack?: string;
  unit?: number | '';
  address?: string;
  address6?: string;
  kernelArgument?: string[];
  arm?: string;
}

function declarationOptions(command: Command): Command {
  return command
    .option('--mac <address...>', 'MAC addresses')
    .option('--serial <text>', 'SMBIOS serial')
    .option('--uuid <uuid>', 'SMBIOS UUID')
    .option('--image <name>', 'image id or recipe name')
    .option('--kickstart <name>', 'kickstart template, to install instead of booting live')
    .option('--installer <name>', 'installer that the kickstart is for, where there are several')
    .option('--secure-boot <yes|no>', 'whether its firmware starts signed loaders only', yesOrNo)
    .option('--rack <name>', 'where it stands')
    .option('--unit <number>', 'height unit in the rack', (text) => (text === '' ? '' : unit(text)))
    .option('--address <address>', 'IPv4 address reserved for its first MAC')
    .option('--address6 <address>', 'IPv6 address reserved for its first MAC')
    .option('--kernel-argument <argument...>', 'further kernel arguments')
    .addOption(new Option('--arm <when>', 'for which boots').choices(Arming.options));
}

const unit = wholeNumber(1, 100);

function declaration(options: Declaring): Record<string, unknown> {
  const { name, mac, kernelArgument, arm } = options;
  const { serial, uuid, image, kickstart, installer, secureBoot, rack, unit, address, address6 } = options;
  const lists = { ...(mac && { macs: mac }), ...(kernelArgument && { kernelArguments: kernelArgument }) };
  const single = { serial, uuid, image, kickstart, installer, secureBoot, rack, unit, address, address6 };
  return { ...(name && { name }), ...lists, ...single, arm };
}

/** Empty: as the configuration says. */
function yesOrNo(text: string): boolean | '' {
  if (text === '') return text;
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new InvalidArgumentError('yes or no is needed.');
}

function emptyToNull(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => {
      if (Array.isArray(value)) return [field, value.filter((text) => text !== '')];
      return [field, value === '' ? null : value];
    }),
  );
}

function pathOf(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const what = `cannot read ${file}: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('hosts-absent', what, 'name a file with hosts', { cause });
  }
}
