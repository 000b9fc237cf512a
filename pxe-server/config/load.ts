import { readFile } from 'node:fs/promises';
import { RackhandError } from '../../builder/shared/errors.ts';
import { parseYaml } from '../../builder/shared/yaml.ts';
import { Configuration } from './schema.ts';

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
  const configuration = parseYaml(text, path, Configuration, 'config-invalid');
  const names = configuration.provisioning.interfaces.map((i) => i.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new RackhandError(
      'config-invalid',
      `${path}: interface ${twice} is named twice`,
      'keep one of the two',
    );
  }
  return configuration;
}
