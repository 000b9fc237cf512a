import type { Command } from 'commander';
import { writeOutput } from '../../builder/shared/output.ts';
import type { BootAnswer, BootDiagnosis, BootStep } from '../api/boot-schemas.ts';
import { diagnosisText, stepText, whyText } from './boot-tell.ts';
import { type ApiOptions, openClient } from './session.ts';

type Verb = (usage: string, about: string) => Command;
type Write = (text: string) => void;

/** `rackhand hosts why`, `watch` and `packets`: what was seen of boots. */
export function addBootCommands(verb: Verb, write: Write): void {
  verb('why <host>', 'why a host did not boot: what was seen of its last boot, and what that shows')
    .option('--boot <time>', 'an earlier boot, by the time that the answer names')
    .action(async (host: string, options: ApiOptions & { boot?: string }) => {
      const api = await openClient(options);
      const answer = (await api.get(`${pathOf(host)}/why${query(options.boot)}`)) as BootAnswer;
      write(options.json ? `${JSON.stringify(answer, null, 2)}\n` : whyText(answer));
    });
  verb('watch <host>', 'follow the boot of a host as it happens; Ctrl-C ends it').action(
    async (host: string, options: ApiOptions) => {
      const api = await openClient(options);
      if (!options.json)
        write(`${host}: waiting for what it does; → from the machine, ← to it, ! another server\n`);
      for await (const { kind, data } of api.follow(`${pathOf(host)}/boots/stream`)) {
        if (options.json) write(`${JSON.stringify({ kind: kind ?? 'step', data })}\n`);
        else if (kind === 'diagnosis') write(`${diagnosisText(data as BootDiagnosis)}\n`);
        else write(`${kind === 'boot' ? `\na boot begins\n` : ''}${stepText(data as BootStep)}`);
      }
    },
  );
  verb('packets <host>', 'write the packets of a boot as pcapng, with our words as comments, for Wireshark')
    .option('--boot <time>', 'an earlier boot than the last')
    .requiredOption('--output <file>', 'where they go')
    .action(async (host: string, options: ApiOptions & { boot?: string; output: string }) => {
      const api = await openClient(options);
      const { boot, steps } = (await api.get(`${pathOf(host)}/why${query(options.boot)}`)) as BootAnswer;
      const bytes = await api.download(`${pathOf(host)}/boots/${boot}/pcapng`);
      await writeOutput(options.output, bytes);
      const told = {
        file: options.output,
        boot,
        steps: steps.length,
        packets: steps.filter((step) => step.packet).length,
      };
      write(
        options.json
          ? `${JSON.stringify(told, null, 2)}\n`
          : `${told.file}: ${told.packets} packets and ${told.steps - told.packets} other steps of the boot of ${boot}\n`,
      );
    });
}

function pathOf(host: string): string {
  return `/hosts/${encodeURIComponent(host)}`;
}

function query(boot: string | undefined): string {
  return boot === undefined ? '' : `?boot=${encodeURIComponent(boot)}`;
}
