import { describe, expect, it } from 'vitest';
import { passwordWays, sshdConfig } from '../../../builder/configure/ssh.ts';

const OURS = 'PasswordAuthentication no\n';

describe('sshd_config', () => {
  it.each([
    ['EL9', '# a comment\n\nInclude /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n'],
    ['relative to /etc/ssh', '  include sshd_config.d/*.conf\n'],
    ['quoted', 'Include "/etc/ssh/sshd_config.d/*.conf"\n'],
  ])('that reads our file first stays as it is: %s', (_, theirs) => {
    expect(sshdConfig(theirs, OURS)).toBe(theirs);
  });
  it.each([
    ['EL8 knows no Include', 'HostKey /etc/ssh/ssh_host_rsa_key\nPasswordAuthentication yes\n'],
    [
      'too late: the first value counts',
      'PasswordAuthentication yes\nInclude /etc/ssh/sshd_config.d/*.conf\n',
    ],
    ['a comment', '#Include /etc/ssh/sshd_config.d/*.conf\n'],
    ['another folder', 'Include /etc/ssh/site.d/*.conf\n'],
    ['in a block', 'Match User a\n  Include /etc/ssh/sshd_config.d/*.conf\n'],
    ['no file', ''],
  ])('that does not gets our lines in front: %s', (_, theirs) => {
    expect(sshdConfig(theirs, OURS)).toBe(`${OURS}${theirs}`);
  });
});

describe('what sshd says of itself', () => {
  const settings = (changes: Record<string, string> = {}) =>
    Object.entries({
      ...{ usepam: 'yes', permitrootlogin: 'without-password', passwordauthentication: 'no' },
      ...{ kbdinteractiveauthentication: 'no', permitemptypasswords: 'no', ...changes },
    })
      .map(([key, value]) => `${key} ${value}\n`)
      .join('');
  it('names no way for passwords where only keys are taken', () => {
    expect(passwordWays(settings())).toEqual([]);
    expect(passwordWays(settings({ permitrootlogin: 'no', passwordauthentication: 'no' }))).toEqual([]);
  });
  it.each([
    [{ passwordauthentication: 'yes' }, 'passwordauthentication yes'],
    [{ kbdinteractiveauthentication: 'yes' }, 'kbdinteractiveauthentication yes'],
    [{ challengeresponseauthentication: 'yes' }, 'challengeresponseauthentication yes'],
    [{ permitemptypasswords: 'yes' }, 'permitemptypasswords yes'],
  ])('names each way: %j', (changes, way) => {
    expect(passwordWays(settings(changes))).toEqual([way]);
  });
});
