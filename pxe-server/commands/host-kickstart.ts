import type { Command } from 'commander';
import { RackhandError } from '../../builder/shared/errors.ts';
import type { HostKickstart } from '../api/template-schemas.ts';
import { plainLines } from './plain-lines.ts';
import { type ApiOptions, openClient } from './session.ts';
import { time } from './tell.ts';

/** `rackhand hosts kickstart HOST`; where there is none, it ends as an error. */
export function addHostKickstartCommand(
  verb: (usage: string, about: string) => Command,
  write: (text: string) => void,
): void {
  verb('kickstart <host>', 'what a host would be installed by now, with secrets masked')
    .option('--diff', 'how that differs from what it was installed with')
    .action(async (host: string, options: ApiOptions & { diff?: boolean }) => {
      const api = await openClient(options);
      const answer = (await api.get(`/hosts/${encodeURIComponent(host)}/kickstart`)) as HostKickstart;
      if (options.json) write(`${JSON.stringify(answer, null, 2)}\n`);
      else write(options.diff ? hostDiffText(answer) : plainLines(answer.now?.text ?? ''));
      const { host: name, now, fault } = answer;
      if (now) return;
      const what = `${name} gets no kickstart: ${fault?.message}`;
      throw new RackhandError(fault?.code ?? 'kickstart-unset', what, fault?.mend ?? '');
    });
}

/** What it was installed by, and what has changed since; why it would get none now is told as an error. */
export function hostDiffText({ host, installed, now, diff }: HostKickstart): string {
  if (!installed) return `${host}: no kickstart was delivered to it that is remembered\n`;
  const was = `${host}: installed ${time(installed.time)} by ${madeOf(installed)}\n`;
  if (!now) return plainLines(was);
  const is = `now by ${madeOf(now)}\n`;
  return plainLines(`${was}${is}${diff || 'no difference\n'}`);
}

function madeOf({ template, versions }: { template: string; versions: Record<string, number> }): string {
  const site = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return site.length > 0 ? `${template} (${site.join(', ')})` : `${template} as it is shipped`;
}
