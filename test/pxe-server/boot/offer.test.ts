import { describe, expect, it } from 'vitest';
import { type Offer, refuseUnbootable } from '../../../pxe-server/boot/offer.ts';
import { HostDeclaration, type HostDeclarationInput } from '../../../pxe-server/hosts/model.ts';
import { image } from '../replica-fixture.ts';

const OFFER: Offer = {
  images: [
    image({ id: 'bbbb000000000000' }),
    image({ id: 'bbbb111111111111', name: 'rocky9' }),
    image({ id: 'cccc000000000000', name: 'rocky10' }),
  ],
  kickstarts: ['install.ks.njk', 'minimal.ks.njk', 'snippets/storage.ks.njk'],
  installers: [{ name: 'el9' }],
  signedLoaders: true,
  subnets: ['192.0.2.0/24', '198.51.100.0/25'],
  notGiven: [{ address: '192.0.2.1', what: "the router's" }],
  prefixes: ['fd00:52::/64'],
};
const TWO = [{ name: 'el9' }, { name: 'el10' }];
const MACS = ['52:54:00:00:00:01'];

const refusal = (declared: Omit<HostDeclarationInput, 'name'>, change: Partial<Offer> = {}) => {
  try {
    refuseUnbootable({ ...OFFER, ...change }, HostDeclaration.parse({ name: 'n', ...declared }));
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a host that could not boot as declared', () => {
  it.each<
    [
      declared: Omit<HostDeclarationInput, 'name'>,
      offer: Partial<Offer>,
      code: string,
      what: string,
      mend: RegExp,
    ]
  >([
    [{ image: 'no' }, {}, 'image-absent', 'no image no', /lab \(bbbb000000000000\), rocky9/],
    [{ image: 'ccc' }, {}, 'image-absent', 'no image ccc', /rocky10/],
    [
      { image: 'bbbb' },
      {},
      'image-absent',
      'bbbb fits several images',
      /^name one of: bbbb000000000000, bbbb111111111111$/,
    ],
    [
      { kickstart: 'instal' },
      {},
      'kickstart-absent',
      'no kickstart template instal',
      /^did you mean install\? known templates: install\.ks\.njk, minimal\.ks\.njk$/,
    ],
    [
      { kickstart: 'minimal.ks.nkj' },
      {},
      'kickstart-absent',
      'no kickstart template minimal.ks.nkj',
      /^did you mean minimal\.ks\.njk\?/,
    ],
    [
      { kickstart: 'x' },
      { kickstarts: [] },
      'kickstart-absent',
      'no kickstart template x',
      /^known templates: none$/,
    ],
    [
      { kickstart: 'install' },
      { installers: [] },
      'installer-absent',
      'no installer configured; a kickstart needs one to be read by',
      /configuration \(installers\), and restart/,
    ],
    [
      { kickstart: 'install', installer: 'el8' },
      {},
      'installer-absent',
      'no installer el8 configured; a kickstart needs one to be read by',
      /^set installer to one of: el9$/,
    ],
    [
      { kickstart: 'install' },
      { installers: TWO },
      'installer-absent',
      'several installers, and the host names none; a kickstart needs one to be read by',
      /^set installer to one of: el9, el10$/,
    ],
    [
      { secureBoot: true, macs: MACS },
      { signedLoaders: false },
      'secure-boot-impossible',
      'Secure Boot needs shimx64.efi and grubx64.efi, and this server lacks them',
      /apt install shim-signed .* dnf install shim-x64 .* secureBoot\.shim/,
    ],
    [
      { secureBoot: true, serial: 'S1' },
      {},
      'secure-boot-impossible',
      'under Secure Boot a machine shows its MAC alone',
      /declare the MAC/,
    ],
    [
      { address: '198.51.100.128' },
      {},
      'address-outside',
      'address 198.51.100.128 is in no subnet of this server',
      /^choose one in 192\.0\.2\.0\/24, 198\.51\.100\.0\/25$/,
    ],
    [
      { address: '192.0.2.1' },
      {},
      'address-taken',
      "address 192.0.2.1 is the router's",
      /^choose another one in 192\.0\.2\.0\/24/,
    ],
    [
      { address6: 'fd00:53::0:7' },
      {},
      'address-outside',
      'address6 fd00:53::7 is in no IPv6 prefix of this server',
      /^choose one in fd00:52::\/64$/,
    ],
    [
      { address6: 'fd00:52::7' },
      { prefixes: [] },
      'address-outside',
      'address6 fd00:52::7 is in no IPv6 prefix of this server',
      /^give a provisioning interface ipv6/,
    ],
    [
      { address: '192.0.2.9' },
      { subnets: [] },
      'address-outside',
      'address 192.0.2.9 is in no subnet of this server',
      /give a provisioning interface a subnet/,
    ],
  ])('%j, %j', (declared, offer, code, what, mend) => {
    expect(refusal(declared, offer)).toMatchObject({
      code,
      message: `host n: ${what}`,
      mend: expect.stringMatching(mend),
    });
  });
});

it.each<[declared: Omit<HostDeclarationInput, 'name'>, offer: Partial<Offer>]>([
  [{}, { images: [], kickstarts: [], installers: [], signedLoaders: false, subnets: [], notGiven: [] }],
  [{ image: 'lab' }, {}],
  [{ image: 'bbbb0' }, {}],
  [{ kickstart: 'install' }, {}],
  [{ kickstart: 'install.ks.njk', installer: 'el10' }, { installers: TWO }],
  [{ secureBoot: true, macs: MACS }, {}],
  [{ secureBoot: false }, { signedLoaders: false }],
  [{ address: '198.51.100.127' }, {}],
])('boots as declared: %j, %j', (declared, offer) => {
  expect(refusal(declared, offer)).toBeUndefined();
});

it('of a change only what it touches is looked at', () => {
  const broken = HostDeclaration.parse({
    name: 'n',
    image: 'gone',
    kickstart: 'install',
    address: '192.0.2.9',
  });
  const without = { ...OFFER, installers: [] };
  expect(() => refuseUnbootable(without, broken, ['rack', 'address'])).not.toThrow();
  expect(() => refuseUnbootable(without, broken, ['image'])).toThrow('no image gone');
  expect(() => refuseUnbootable(without, broken, ['installer'])).toThrow('no installer');
});
