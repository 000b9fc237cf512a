import type { Command } from 'commander';
import type { QueueView } from '../admission/view.ts';
import { waitTime } from '../render/waiting.ts';
import { type ApiOptions, openClient, withApiOptions } from './session.ts';
import { columns, time } from './tell.ts';
import { wholeNumber } from './whole-number.ts';

type Write = (text: string) => void;

/** `rackhand queue …`: who boots, who waits for its turn, and in which order. */
export function addQueueCommands(
  program: Command,
  write: Write = (text) => process.stdout.write(text),
): void {
  const queue = program.command('queue').description('machines that wait for their turn to boot');
  const verb = (usage: string, about: string) => withApiOptions(queue.command(usage).description(about));
  const tell = (options: ApiOptions, view: QueueView) =>
    write(options.json ? `${JSON.stringify(view, null, 2)}\n` : queueText(view));

  verb('list', 'who boots, and who waits').action(async (options: ApiOptions) =>
    tell(options, (await (await openClient(options)).get('/queue')) as QueueView),
  );
  verb('move <host>', 'give a waiting host another place: by name, id, or MAC')
    .requiredOption('--place <number>', '1 is the front', wholeNumber(1, 10_000))
    .action(async (host: string, { place, ...options }: ApiOptions & { place: number }) => {
      const client = await openClient(options);
      tell(options, (await client.put(`/queue/${encodeURIComponent(host)}/place`, { place })) as QueueView);
    });
}

export function queueText({ bandwidth, measured, rate, places, going, waiting }: QueueView): string {
  const wide = bandwidth === null ? 'not measured yet' : `${gbit(bandwidth)}${measured ? ', measured' : ''}`;
  const most = places === null ? 'as many as come' : `about ${places} at once`;
  const told = [`line: ${wide}; ${gbit(rate)} go out now; ${going.length} boot, ${most}\n`];
  if (waiting.length === 0) told.push('nobody waits\n');
  else
    told.push(
      columns([
        ['PLACE', 'HOST', 'MAC', 'ADDRESS', 'IN', 'WAITS SINCE'],
        ...waiting.map(({ place, name, mac, address, seconds, since }) => [
          ...[String(place), name, mac ?? '', address, waitTime(seconds), time(since)],
        ]),
      ]),
    );
  return told.join('');
}

function gbit(bytes: number): string {
  const bits = bytes * 8;
  return bits >= 1e9 ? `${(bits / 1e9).toFixed(2)} Gbit/s` : `${(bits / 1e6).toFixed(0)} Mbit/s`;
}
