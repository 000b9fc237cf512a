import type { InstallPlan, InstallStep } from '../../../builder/contract/install-plan.ts';
import type { Inventory } from '../../../builder/contract/inventory.ts';
import { maskText } from '../text/secrets.ts';
import { sizeWords } from './sizes.ts';

type Step<Name extends InstallStep['do']> = InstallStep & { do: Name };

/** The disks of the machine as they are and as the plan leaves them, and every step, for a terminal. */
export function planText(plan: InstallPlan, { disks }: Pick<Inventory, 'disks'>): string {
  const written = new Set(plan.disks.map(({ name }) => name));
  const before = disks.map(
    ({ name, size, model, serial }) =>
      `${name}  ${sizeWords(size)}  ${[model, serial].filter((text) => text !== '').join(' ')}, ${written.has(name) ? 'ALL DATA LOST' : 'not touched'}`,
  );
  const parts: [string, string[]][] = [
    ['disks before', before],
    ['disks after', after(plan)],
    ['steps', plan.steps.map((step, i) => `${String(i + 1).padStart(3)}  ${stepText(step)}`)],
  ];
  return parts.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n');
}

function after({ steps, disks }: InstallPlan): string[] {
  const all = <Name extends InstallStep['do']>(name: Name) =>
    steps.filter((step): step is Step<Name> => step.do === name);
  const uses = new Map<string, string>();
  for (const { device, type } of all('format')) uses.set(device, type);
  for (const { device, mountpoint } of all('mount')) uses.set(device, `${mountpoint}, ${uses.get(device)}`);
  for (const { members, name } of all('volume-group')) for (const one of members) uses.set(one, `of ${name}`);
  for (const { members, device } of all('raid')) for (const one of members) uses.set(one, `of ${device}`);
  for (const { device, name } of all('encrypt')) uses.set(device, `${name}: ${uses.get(name) ?? ''}`);
  const use = (device: string, otherwise = '') => uses.get(device) ?? otherwise;
  const rows = (title: string, lines: string[]) => [
    title,
    ...lines.map((line, i) => `${i === lines.length - 1 ? '└─' : '├─'} ${line}`),
  ];
  return [
    ...disks.flatMap(({ name, size }) =>
      rows(
        `${name}  ${sizeWords(size)}, GPT`,
        all('partition')
          .filter(({ disk }) => disk === name)
          .map(
            ({ device, start, sectors, type }) =>
              `${device}  sectors ${start} to ${start + sectors - 1}  ${sizeWords(sectors * 512)}  ${use(device, type)}`,
          ),
      ),
    ),
    ...all('raid').map(
      ({ device, level, size }) => `${device}  RAID ${level}  ${sizeWords(size)}  ${use(device)}`,
    ),
    ...all('volume-group').flatMap(({ name, extents, extent }) =>
      rows(`${name}  ${extents} extents of ${sizeWords(extent)}`, [
        ...all('volume')
          .filter(({ group }) => group === name)
          .map(({ name: volume, size, device }) => `${volume}  ${sizeWords(size)}  ${use(device)}`),
        ...all('thin-pool')
          .filter(({ group }) => group === name)
          .flatMap((pool) => [
            `${pool.name}  ${sizeWords(pool.size)}  thin pool`,
            ...all('thin-volume')
              .filter((thin) => thin.group === name && thin.pool === pool.name)
              .map((thin) => `  ${thin.name}  ${sizeWords(thin.size)} at most  ${use(thin.device)}`),
          ]),
      ]),
    ),
  ];
}

/** One line for a step; no password, no body of a script or a file. */
function stepText(step: InstallStep): string {
  const { do: what, line, ...rest } = step;
  const hidden = new Set(['passphrase', 'passwordHash', 'text', 'key']);
  const told = Object.entries(rest).flatMap(([key, value]) => {
    if (hidden.has(key) || value === '' || (Array.isArray(value) && value.length === 0)) return [];
    const shown = Array.isArray(value)
      ? value.join(',')
      : key === 'mode'
        ? `0${Number(value).toString(8)}`
        : String(value);
    return [`${key}=${maskText(shown)}`];
  });
  return `${what} ${told.join(' ')}${line > 0 ? ` (line ${line})` : ''}`;
}
