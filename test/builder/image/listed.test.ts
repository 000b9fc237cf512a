import { expect, it } from 'vitest';
import { listedAttributes, toldLabels } from '../../../builder/image/listed.ts';

it('labels that setfiles would write', () => {
  const told = [
    'Would relabel /tmp/image from (null) to system_u:object_r:root_t:s0',
    'Would relabel /tmp/image/etc/a from b to c from <no context> to system_u:object_r:etc_t:s0',
    'Would relabel /tmp/image/usr from system_u:object_r:var_t:s0 to system_u:object_r:usr_t:s0',
    'Would relabel /tmp/imagery from (null) to system_u:object_r:tmp_t:s0',
    'setfiles: something else',
    '',
  ];
  expect([...toldLabels(told.join('\n'), '/tmp/image')]).toEqual([
    ['', 'system_u:object_r:root_t:s0'],
    ['etc/a from b to c', 'system_u:object_r:etc_t:s0'],
    ['usr', 'system_u:object_r:usr_t:s0'],
  ]);
});

it('attributes that getfattr lists, with names that it had to write otherwise', () => {
  const listed = [
    '# file: /w/root',
    'security.selinux=0x726f6f7400',
    '',
    '# file: /w/root/a\\012b\\134\\303\\274',
    'security.capability=0x0100000200',
    'user.empty',
    'user.empty-too=0x',
    '',
    '# file: /w/rooted',
    'user.not-ours=0x00',
    '',
  ].join('\n');
  const found = [...listedAttributes(listed, '/w/root')].map(([path, own]) => [
    path,
    Object.fromEntries(own),
  ]);
  expect(found).toEqual([
    ['', { 'security.selinux': Buffer.from('root\0') }],
    [
      'a\nb\\ü',
      {
        'security.capability': Buffer.from('0100000200', 'hex'),
        'user.empty': Buffer.alloc(0),
        'user.empty-too': Buffer.alloc(0),
      },
    ],
  ]);
});
