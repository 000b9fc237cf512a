import { expect, it } from 'vitest';
import { nssSources, pamModules, udevHelpers, unitPrograms } from '../../../builder/strip/texts.ts';

it('programs of a unit, without systemd’s prefixes; those that may fail to exist are left out', () => {
  const unit =
    '[Service]\nExecStart=-/usr/bin/a --x\nExecStartPre=+/usr/bin/b\nExecReload=@/c d\nExec=/e\nExecStop=!!/f\n';
  expect(unitPrograms(unit)).toEqual(['/usr/bin/b', '/c', '/f']);
});

it('modules of a PAM stack', () => {
  const text = `# comment
auth       required     pam_env.so # why
-auth      sufficient   pam_maybe.so
auth [success=1 default=ignore] pam_unix.so nullok
account    include      system-auth
session    optional     \\
           /usr/lib/security/pam_own.so
@include common-auth
`;
  expect(pamModules(text)).toEqual(['pam_env.so', 'pam_unix.so', '/usr/lib/security/pam_own.so']);
});

it('sources of name services', () => {
  const text = 'passwd: files systemd\n# group: nis\nhosts: files [NOTFOUND=return] dns myhostname\n';
  expect(nssSources(text)).toEqual(['systemd', 'myhostname']);
});

it('helpers of udev rules', () => {
  const text = `# RUN+="no"
KERNEL=="sd*", PROGRAM=="scsi_id --export $devnode", SYMLINK+="x"
ACTION=="add", RUN+="/usr/lib/x %k", RUN{program}+="y"
IMPORT{program}="z \\
  more"
IMPORT{builtin}="path_id", RUN{builtin}+="kmod load", RUN+="$env{X}"
`;
  expect(udevHelpers(text)).toEqual([
    '/usr/lib/udev/scsi_id',
    '/usr/lib/x',
    '/usr/lib/udev/y',
    '/usr/lib/udev/z',
  ]);
});
