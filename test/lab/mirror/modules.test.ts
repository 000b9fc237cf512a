import { describe, expect, it } from 'vitest';
import { parseModulesDep, splitModules } from './modules.ts';

const DEP = [
  'kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko kernel/lib/crc16.ko',
  'kernel/fs/jbd2/jbd2.ko:',
  'kernel/lib/crc16.ko:',
  'kernel/drivers/net/wifi.ko: kernel/net/rare/helper.ko',
  'kernel/net/rare/helper.ko:',
  'kernel/net/rare/ax25.ko: kernel/drivers/net/wifi.ko',
  '',
].join('\n');

describe('kernel modules', () => {
  it('reads modules.dep', () => {
    expect(parseModulesDep(DEP).get('kernel/fs/ext4/ext4.ko')).toEqual([
      'kernel/fs/jbd2/jbd2.ko',
      'kernel/lib/crc16.ko',
    ]);
  });
  it('pulls what is needed inwards, so that no package needs one further out', () => {
    const split = splitModules(parseModulesDep(DEP), {
      core: ['kernel/fs/ext4/**'],
      extra: ['kernel/net/rare/**'],
    });
    expect(Object.fromEntries(split)).toEqual({
      'kernel/fs/ext4/ext4.ko': 'core',
      'kernel/fs/jbd2/jbd2.ko': 'core',
      'kernel/lib/crc16.ko': 'core',
      'kernel/drivers/net/wifi.ko': 'rest',
      'kernel/net/rare/helper.ko': 'rest',
      'kernel/net/rare/ax25.ko': 'extra',
    });
  });
  it('counts a module of both lists as rare', () => {
    const split = splitModules(new Map([['kernel/net/x25.ko', []]]), {
      core: ['kernel/net/**'],
      extra: ['kernel/net/x25.ko'],
    });
    expect(split.get('kernel/net/x25.ko')).toBe('extra');
  });
});
