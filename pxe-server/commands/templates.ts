import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { errno, RackhandError } from '../../builder/shared/errors.ts';
import type { ApiClient } from '../api/client.ts';
import type {
  ShownKickstart,
  TemplateAccepted,
  TemplateDiff,
  TemplateRow,
  TemplateVersion,
  TemplateView,
} from '../api/template-schemas.ts';
import { plainLines } from './plain-lines.ts';
import { type ApiOptions, caller, withApiOptions } from './session.ts';
import { columns, time } from './tell.ts';
import { wholeNumber } from './whole-number.ts';

type Write = (text: string) => void;

interface Changing extends ApiOptions {
  message?: string;
  untried?: boolean;
}

const version = wholeNumber(0, 2 ** 31);

/** `rackhand kickstart templates …`: what the service makes kickstarts from, with its versions. */
export function addTemplateCommands(kickstart: Command, write: Write): void {
  const templates = kickstart
    .command('templates')
    .description('templates of the running service: their versions, and what hosts get by them');
  const verb = (usage: string, about: string) => withApiOptions(templates.command(usage).description(about));
  const call = caller(write);

  verb('list', 'all templates with their newest versions').action((options: ApiOptions) =>
    call<{ templates: TemplateRow[] }>(
      options,
      (api) => api.get('/templates'),
      (answer) => templateTable(answer.templates),
    ),
  );
  verb('show <name>', 'the text of a template, as it is')
    .option('--version <number>', 'which version; 0 is as it is shipped', version)
    .action((name: string, options: ApiOptions & { version?: number }) =>
      call<TemplateView>(
        options,
        (api) => viewOf(api, name, options.version),
        ({ text }) => text ?? '',
      ),
    );
  verb('history <name>', 'who changed a template, when and why').action((name: string, options: ApiOptions) =>
    call<TemplateView>(
      options,
      (api) => api.get(pathOf(name)),
      ({ history }) => historyTable(history),
    ),
  );
  verb('diff <name> <from> [to]', 'how two versions differ; without the second, from the newest').action(
    (name: string, from: string, to: string | undefined, options: ApiOptions) =>
      call<TemplateDiff>(
        options,
        (api) =>
          api.get(
            `${pathOf(name)}/diff${query({ from: version(from), to: to === undefined ? undefined : version(to) })}`,
          ),
        ({ diff }) => plainLines(diff),
      ),
  );
  changing(
    verb('put <name> <file>', 'make a text the live version, once it loads and hosts get kickstarts by it'),
  )
    .requiredOption(
      '--from <version>',
      'the version that it was made from; 0 when the site had none',
      version,
    )
    .action(async (name: string, file: string, options: Changing & { from: number }) => {
      const { from: expected, message = '', untried = false } = options;
      const body = { text: await readText(file), expected, message, untried };
      await call<TemplateAccepted>(options, (api) => api.put(pathOf(name), body), acceptedText);
    });
  changing(
    verb('rollback <name> <to>', 'make the text of an earlier version the live one; 0: as it is shipped'),
  )
    .requiredOption('--from <version>', 'the version that is live', version)
    .action((name: string, to: string, options: Changing & { from: number }) => {
      const { from: expected, message = '', untried = false } = options;
      const body = { to: version(to), expected, message, untried };
      return call<TemplateAccepted>(
        options,
        (api) => api.post(`${pathOf(name)}/rollback`, body),
        acceptedText,
      );
    });
  verb('try <name> <host>', 'what a host would get by a text or a version, with secrets masked')
    .option('--file <file>', 'a text that nobody has saved; - is standard input')
    .option('--version <number>', 'a version; without it, and without a file, the newest', version)
    .action(async (name: string, host: string, options: ApiOptions & { file?: string; version?: number }) => {
      const text = options.file === undefined ? undefined : await readText(options.file);
      const body = { host, text, version: options.version };
      await call<ShownKickstart>(
        options,
        (api) => api.post(`${pathOf(name)}/try`, body),
        (answer) => plainLines(answer.text),
      );
    });
}

/**
 * A version with its text; where the site took its own away, what is shipped.
 * @throws RackhandError version-absent
 */
async function viewOf(api: ApiClient, name: string, number?: number): Promise<TemplateView> {
  const view = (await api.get(`${pathOf(name)}${query({ version: number })}`)) as TemplateView;
  if (view.text !== null) return view;
  if (view.history.some(({ version }) => version === 0))
    return (await api.get(`${pathOf(name)}${query({ version: 0 })}`)) as TemplateView;
  const earlier = view.history.find(({ sha256 }) => sha256 !== null)?.version;
  throw new RackhandError(
    'version-absent',
    `template ${view.name} was taken away by version ${view.version}`,
    `see who did: rackhand kickstart templates history ${name}; an earlier text: --version ${earlier}`,
  );
}

function changing(command: Command): Command {
  return command
    .option('--message <text>', 'why, for the history')
    .option('--untried', 'accept it although hosts may get no kickstart by it');
}

export function templateTable(rows: readonly TemplateRow[]): string {
  return columns([
    ['TEMPLATE', 'VERSION', 'BY', 'SINCE', 'HOSTS', 'WHY'],
    ...rows.map(({ name, version, author, time: since, hosts, message, live, shipped, sha256 }) => [
      ...[name, version === 0 ? 'shipped' : String(version), author, since ? time(since) : ''],
      ...[
        String(hosts),
        sha256 === null && live && shipped ? `as shipped: ${message}` : live ? message : `away: ${message}`,
      ],
    ]),
  ]);
}

export function historyTable(history: readonly TemplateVersion[]): string {
  return columns([
    ['VERSION', 'BY', 'AT', 'SHA-256', 'WHY'],
    ...history.map(({ version, author, time: at, sha256, message }) => [
      ...[version === 0 ? '0, shipped' : String(version), author, at ? time(at) : ''],
      ...[sha256?.slice(0, 12) ?? 'away', message],
    ]),
  ]);
}

export function acceptedText({ version: accepted, tried, of, without }: TemplateAccepted): string {
  const { name, version } = accepted;
  const hosts = tried === of ? `${tried} hosts` : `${tried} of ${of} hosts`;
  const lines = without.map(({ host, message }) => `  ${host} gets no kickstart, as before: ${message}\n`);
  return plainLines(`${name}: version ${version}, tried on ${hosts}\n${lines.join('')}`);
}

function pathOf(name: string): string {
  return `/templates/${encodeURIComponent(name)}`;
}

function query(fields: Record<string, number | undefined>): string {
  const given = Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [`${field}=${value}`],
  );
  return given.length > 0 ? `?${given.join('&')}` : '';
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (cause) {
    const what = `cannot read ${file}: ${errno(cause) ?? 'error'}`;
    throw new RackhandError('template-absent', what, 'name a file that can be read', { cause });
  }
}
