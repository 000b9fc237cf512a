import { readFile } from 'node:fs/promises';
import { RackhandError } from '../../builder/shared/errors.ts';
import { parseYaml } from '../../builder/shared/yaml.ts';
import { inconsistencies } from './consistency.ts';
import { Configuration } from './schema.ts';

const Consistent = Configuration.check(({ value, issues }) => {
  for (const { message, path } of inconsistencies(value))
    issues.push({ code: 'custom', input: value, message, path });
});

/** @throws RackhandError config-absent | config-invalid, naming file, line and field */
export async function loadConfiguration(path: string): Promise<Configuration> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const mend = 'name an existing file: rackhand serve --config FILE';
    throw new RackhandError('config-absent', `cannot read ${path}: ${(cause as Error).message}`, mend, {
      cause,
    });
  }
  return parseYaml(text, path, Consistent, 'config-invalid');
}
