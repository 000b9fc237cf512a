import { z } from 'zod';
import { RackhandError } from '../../builder/shared/errors.ts';
import { parseYaml } from '../../builder/shared/yaml.ts';
import { HostDeclaration } from './model.ts';

const HostFile = z.strictObject({ hosts: z.array(HostDeclaration).max(100_000) });

/** Columns of a CSV file; `macs` and `kernelArguments` hold several values separated by blanks. */
const COLUMNS = [
  'name',
  'macs',
  'serial',
  'uuid',
  'image',
  'kickstart',
  'installer',
  'secureBoot',
  'rack',
  'unit',
  'address',
  'address6',
  'kernelArguments',
  'arm',
];

/** As spreadsheets and people write it. */
const YES_NO: Record<string, boolean> = {
  true: true,
  yes: true,
  TRUE: true,
  false: false,
  no: false,
  FALSE: false,
};

/** What a cell of these columns has to be, for people who write a table and not JSON. */
const WANTED: Record<string, string> = {
  secureBoot: 'expected yes or no',
  unit: 'expected a whole number from 1 to 100',
};
/** Faults that are told one by one. */
const FAULTS = 20;

/** @throws RackhandError hosts-invalid naming file, line and field */
export function parseHosts(text: string, format: 'csv' | 'yaml', file: string): HostDeclaration[] {
  const hosts =
    format === 'yaml' ? parseYaml(text, file, HostFile, 'hosts-invalid').hosts : parseCsv(text, file);
  const seen = new Map<string, string>();
  for (const host of hosts) {
    for (const key of [`name ${host.name}`, ...host.macs.map((m) => `MAC ${m}`)]) {
      const other = seen.get(key);
      if (other !== undefined) {
        throw new RackhandError(
          'hosts-invalid',
          `${file}: ${key} is used by ${other} and ${host.name}`,
          'keep one',
        );
      }
      seen.set(key, host.name);
    }
  }
  return hosts;
}

function parseCsv(text: string, file: string): HostDeclaration[] {
  const rows = csvRows(text.replace(/^\ufeff/, ''), file); // spreadsheets write a byte order mark
  const header = rows.shift();
  if (!header) throw new RackhandError('hosts-invalid', `${file}: empty`, `first line: ${COLUMNS.join(',')}`);
  const wrong = header.fields.find((name) => !COLUMNS.includes(name));
  if (wrong !== undefined) {
    const commas = /[;\t]/.test(wrong) ? 'separate the fields by commas; ' : '';
    throw new RackhandError(
      'hosts-invalid',
      `${file}:1: unknown column ${wrong.length > 40 ? `${wrong.slice(0, 40)}…` : wrong}`,
      `${commas}columns: ${COLUMNS.join(', ')}`,
    );
  }
  const twice = header.fields.find((name, i) => header.fields.indexOf(name) !== i);
  if (twice !== undefined)
    throw new RackhandError('hosts-invalid', `${file}:1: column ${twice} is there twice`, 'keep one');
  const faults: string[] = [];
  const hosts = rows.flatMap(({ line, fields }): HostDeclaration[] => {
    const raw = Object.fromEntries(
      header.fields.map((name, i) => [name, fields[i] ?? '']).filter(([, v]) => v !== ''),
    );
    const words = (value: string | undefined) =>
      value === undefined ? undefined : value.split(/\s+/).filter(Boolean);
    const parsed = HostDeclaration.safeParse({
      ...raw,
      ...(raw.macs === undefined ? {} : { macs: words(raw.macs) }),
      ...(raw.kernelArguments === undefined ? {} : { kernelArguments: words(raw.kernelArguments) }),
      ...(raw.unit === undefined ? {} : { unit: Number(raw.unit) }),
      ...(raw.secureBoot === undefined ? {} : { secureBoot: YES_NO[raw.secureBoot] ?? raw.secureBoot }),
    });
    for (const { path, message } of parsed.success ? [] : parsed.error.issues)
      faults.push(`${file}:${line}: ${path.join('.')}: ${WANTED[String(path[0])] ?? message}`);
    if (fields.length > header.fields.length)
      faults.push(`${file}:${line}: more fields than the first line names`);
    return parsed.success ? [parsed.data] : [];
  });
  if (faults.length === 0) return hosts;
  const more = faults.length > FAULTS ? [`${file}: and ${faults.length - FAULTS} more`] : [];
  const told = [...faults.slice(0, FAULTS), ...more].join('\n');
  throw new RackhandError('hosts-invalid', told, 'correct the lines named above');
}

/** RFC 4180: quoted fields may hold commas, quotes (doubled) and line breaks. */
function csvRows(text: string, file: string): { line: number; fields: string[] }[] {
  const rows: { line: number; fields: string[] }[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let line = 1;
  let start = 1;
  const endRow = () => {
    fields.push(field.trim());
    field = '';
    if (fields.some((f) => f !== '')) rows.push({ line: start, fields });
    fields = [];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted && c === '"' && text[i + 1] === '"') field += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted) {
      fields.push(field.trim());
      field = '';
    } else if (c === '\n' && !quoted) {
      endRow();
      start = line + 1;
    } else field += c;
    if (c === '\n') line++;
  }
  if (quoted) throw new RackhandError('hosts-invalid', `${file}:${start}: a quote is not closed`, 'close it');
  endRow();
  return rows;
}
