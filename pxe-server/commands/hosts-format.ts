import { extname } from 'node:path';
import { RackhandError } from '../../builder/shared/errors.ts';

/** What a file of hosts holds, by its name. @throws RackhandError hosts-invalid */
export function hostsFormat(file: string): 'csv' | 'yaml' {
  const ending = extname(file).toLowerCase();
  if (ending === '.csv') return 'csv';
  if (ending === '.yaml' || ending === '.yml') return 'yaml';
  throw new RackhandError('hosts-invalid', `${file} is neither CSV nor YAML`, 'name it .csv, .yaml or .yml');
}
