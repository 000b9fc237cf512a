import { expect, it } from 'vitest';
import { accountFile } from './accounts.ts';

const masters = {
  passwd: 'root:*:0:0:root:/root:/bin/bash\n_apt:*:42:65534::/nonexistent:/usr/sbin/nologin\n',
  group: 'root:*:0:\nshadow:*:42:\n',
};
const table = {
  groups: { kvm: 36, virt: 90 },
  users: { virt: { uid: 90, group: 'kvm', home: '/var/lib/virt', gecos: 'Guests', also: ['virt'] } },
};

it.each([
  ['passwd', 'root:x:0:0:root:/root:/bin/bash\nvirt:x:90:36:Guests:/var/lib/virt:/usr/sbin/nologin\n'],
  ['group', 'root:x:0:\nshadow:x:42:\nkvm:x:36:\nvirt:x:90:virt\n'],
  ['shadow', 'root:!*:19000:0:99999:7:::\nvirt:!!:19000:0:99999:7:::\n'],
  ['gshadow', 'root:!::\nshadow:!::\nkvm:!::\nvirt:!::virt\n'],
] as const)('%s has the historic accounts, then the table, and no password', (kind, text) => {
  expect(accountFile(kind, masters, table)).toBe(text);
});
