import { describe, expect, it } from 'vitest';
import { aptArguments, parseUris } from './download.ts';
import { deb, tables } from './fixture.ts';
import { parseFingerprint, signArguments } from './key.ts';
import { cacheKey } from './mirror.ts';
import { planBuilds } from './plan.ts';
import { createrepoArguments } from './repository.ts';

describe('arguments', () => {
  it('of apt: no state and no cache of the host', () => {
    expect(aptArguments('/lab/debs').join(' ')).toBe(
      'apt-get -o Dir::State::status=/dev/null -o APT::Install-Recommends=false -o APT::Architecture=amd64 -o Dir::Cache::archives=/lab/debs -o Debug::NoLocking=1 -o Acquire::Retries=3',
    );
  });
  it('of rpmsign', () => {
    expect(signArguments({ home: '/lab/gnupg', fingerprint: 'ABCD', file: 'x' }, ['a.rpm', 'b.rpm'])).toEqual(
      [
        ...['rpmsign', '--define', '_gpg_name ABCD', '--define', '_gpg_path /lab/gnupg'],
        ...[
          '--define',
          '_gpg_digest_algo sha256',
          '--define',
          '__gpg /usr/bin/gpg',
          '--addsign',
          'a.rpm',
          'b.rpm',
        ],
      ],
    );
  });
  it('of createrepo_c', () => {
    expect(createrepoArguments('/r').join(' ')).toBe(
      'createrepo_c --quiet --no-database --general-compress-type=gz --workers=2 /r',
    );
  });
});

describe('what tools answer', () => {
  it('apt: file names of the closure', () => {
    const output = [
      'Reading package lists...',
      "'http://mirror/pool/y/libyajl2_2.1.0-3%2bdeb12u2_amd64.deb' libyajl2_2.1.0-3+deb12u2_amd64.deb 22960 MD5Sum:c76a",
      "'http://mirror/pool/b/bash_5.2.15-2+b8_amd64.deb' bash_5.2.15-2+b8_amd64.deb 1490696 SHA256:00",
      "'http://mirror/pool/q/qemu.deb' qemu-utils_1%3a7.2_amd64.deb 12 ",
    ].join('\n');
    expect(parseUris(output)).toEqual([
      'bash_5.2.15-2+b8_amd64.deb',
      'libyajl2_2.1.0-3+deb12u2_amd64.deb',
      'qemu-utils_1%3a7.2_amd64.deb',
    ]);
  });
  it('gpg: fingerprint of the secret key, not of a public one', () => {
    const fpr = 'F3F31C0B5376FE5A62627BF8E41ABD0483B109BE';
    expect(
      parseFingerprint(`sec:u:3072:1:E41A:1:::u:::scESC:\nfpr:::::::::${fpr}:\nuid:u::::1::X::Y:\n`),
    ).toBe(fpr);
    expect(parseFingerprint(`pub:u:3072:1:E41A:1:::u:::scESC:\nfpr:::::::::${fpr}:\n`)).toBeUndefined();
    expect(parseFingerprint('')).toBeUndefined();
  });
});

describe('cache key of a conversion', () => {
  const key = (facts: Parameters<typeof deb>[1], packages = {}, rules = 'rules') =>
    cacheKey(planBuilds([deb('jq', facts)], tables({ packages }))[0]!, rules);

  it('is the same for equal inputs, wherever the file lies', () => {
    expect(key({ file: '/a' })).toBe(key({ file: '/b' }));
  });
  it('changes with content, definition, dependencies and rules', () => {
    const keys = [
      key({}),
      key({ sha256: 'other' }),
      key({}, { jq: { links: { 'usr/bin/j': 'jq' } } }),
      key({}, { jq: { requires: ['glibc'] } }),
      key({}, {}, 'other rules'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
