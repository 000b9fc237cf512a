import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { apiClient } from './api/client.ts';
import { fleetOf, type Inventoried } from './hosts/fleet.ts';
import { serve } from './main.ts';

interface ApiOptions {
  url: string;
  tokenFile?: string;
  json?: boolean;
}

/** `rackhand serve` and `rackhand hosts …`. */
export function addServerCommands(program: Command, version: string): void {
  program
    .command('serve')
    .description('run the provisioning service')
    .requiredOption('--config <file>', 'configuration (YAML)')
    .option('--api-fd <number>', 'listening socket for the API, handed down by the service manager', Number)
    .action(async (options: { config: string; apiFd?: number }) => {
      const stopping = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
      await serve({ ...options, version, signal: stopping.signal });
    });

  const hosts = program.command('hosts').description('declare, approve and arm hosts; see their state');
  const withApi = (command: Command) =>
    command
      .option('--url <url>', 'API address', process.env.RACKHAND_URL ?? 'http://127.0.0.1:8080')
      .option('--token-file <file>', 'file with the API token (or RACKHAND_TOKEN)')
      .option('--json', 'print JSON');
  const client = async (options: ApiOptions) =>
    apiClient(
      options.url,
      process.env.RACKHAND_TOKEN ?? (await readFile(options.tokenFile ?? '', 'utf8')).trim(),
    );

  withApi(hosts.command('list').description('all hosts with their state')).action(
    async (options: ApiOptions) => {
      const { hosts: list } = (await (await client(options)).get('/hosts')) as { hosts: Row[] };
      if (options.json) return print(list);
      table(list.map((h) => [h.name, h.state, h.arm, h.macs.join(' '), h.managementAddress ?? '', h.reason]));
    },
  );
  withApi(hosts.command('show <host>').description('one host and its timeline')).action(
    async (host: string, options: ApiOptions) => {
      const api = await client(options);
      const { events } = (await api.get(`/events?host=${encodeURIComponent(host)}`)) as {
        events: EventRow[];
      };
      const shown = await api.get(`/hosts/${encodeURIComponent(host)}`);
      if (options.json) return print({ host: shown, events });
      print(shown);
      table(events.map((e) => [e.time, e.severity, e.kind, e.message]));
    },
  );
  withApi(hosts.command('import <file>').description('declare hosts from a CSV or YAML file')).action(
    async (file: string, options: ApiOptions) => {
      const format = file.endsWith('.csv') ? 'csv' : 'yaml';
      print(
        await (await client(options)).post('/hosts/import', { format, text: await readFile(file, 'utf8') }),
      );
    },
  );
  withApi(
    hosts
      .command('add <name>')
      .description('declare a host')
      .option('--mac <address...>', 'MAC addresses')
      .option('--serial <text>', 'SMBIOS serial')
      .option('--image <name>', 'image id or recipe name')
      .option('--arm <when>', 'off, once or always'),
  ).action(
    async (
      name: string,
      options: ApiOptions & { mac?: string[]; serial?: string; image?: string; arm?: string },
    ) => {
      const { mac, serial, image, arm } = options;
      print(await (await client(options)).post('/hosts', { name, macs: mac ?? [], serial, image, arm }));
    },
  );
  for (const [verb, about, body] of [
    ['approve', 'approve a pending machine', () => ({})],
    ['arm', 'let a host boot its image', (when?: string) => ({ arm: when ?? 'once' })],
    ['release', 'put a frozen or failed host back', () => ({})],
    ['probe', 'prove a registered host again', () => ({})],
  ] as const) {
    withApi(hosts.command(`${verb} <host> [when]`).description(about)).action(
      async (host: string, when: string | undefined, options: ApiOptions) => {
        print(await (await client(options)).post(`/hosts/${encodeURIComponent(host)}/${verb}`, body(when)));
      },
    );
  }
  withApi(
    hosts
      .command('fleet [host...]')
      .description('the devices of all hosts (or of these): for build --fleet and images fit')
      .option('--output <file>', 'write it there instead of printing it'),
  ).action(async (names: string[], options: ApiOptions & { output?: string }) => {
    const { hosts: list } = (await (await client(options)).get('/hosts')) as { hosts: Inventoried[] };
    const { fleet, without } = fleetOf(list, names);
    if (without.length > 0) process.stderr.write(`no inventory yet, left out: ${without.join(', ')}\n`);
    if (options.output === undefined) return print(fleet);
    await writeFile(options.output, `${JSON.stringify(fleet, null, 2)}\n`);
    process.stdout.write(`${options.output}: ${fleet.hosts.length} hosts\n`);
  });
  withApi(
    hosts.command('pair [host]').description('show a pairing code for a machine booted by hand'),
  ).action(async (host: string | undefined, options: ApiOptions) => {
    print(await (await client(options)).post('/pairing', { host }));
  });
}

interface Row {
  name: string;
  state: string;
  arm: string;
  macs: string[];
  managementAddress: string | null;
  reason: string;
}
interface EventRow {
  time: string;
  severity: string;
  kind: string;
  message: string;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function table(rows: string[][]): void {
  const widths = rows.reduce<number[]>(
    (w, row) => row.map((cell, i) => Math.max(w[i] ?? 0, cell.length)),
    [],
  );
  for (const row of rows)
    process.stdout.write(
      `${row
        .map((c, i) => c.padEnd(widths[i]!))
        .join('  ')
        .trimEnd()}\n`,
    );
}
