import { describe, expect, it } from 'vitest';
import { parseClauses, readControl, toEvr } from './debian.ts';

describe('Debian versions', () => {
  it.each([
    ['2.36-9+deb12u14', 0, '2.36', '9+deb12u14.el9'],
    ['1:7.2+dfsg-7+deb12u18+b3', 1, '7.2+dfsg', '7+deb12u18+b3.el9'],
    ['1.51~1+deb12u1+16.1-2~deb12u1', 0, '1.51~1+deb12u1+16.1', '2~deb12u1.el9'],
    ['02.19.git.2021.06.19.996aaad9c7-2+b1', 0, '02.19.git.2021.06.19.996aaad9c7', '2+b1.el9'],
    ['2-1-3', 0, '2.1', '3.el9'],
    ['5.7', 0, '5.7', '1.el9'],
  ])('%s', (debian, epoch, version, release) => {
    expect(toEvr(debian)).toEqual({ epoch, version, release });
  });
});

describe('Debian fields', () => {
  it('reads clauses without versions, architectures and restrictions', () => {
    expect(
      parseClauses('libc6 (>= 2.36), python3:any (<< 4) | python3.11 [amd64], debconf | cdebconf'),
    ).toEqual([['libc6'], ['python3', 'python3.11'], ['debconf', 'cdebconf']]);
    expect(parseClauses('')).toEqual([]);
  });
  it('reads a control file with its conffiles', () => {
    const control = [
      'Package: jq',
      'Version: 1.6-2.1+deb12u1',
      'Architecture: amd64',
      'Depends: libjq1 (= 1.6-2.1), libc6',
      'Pre-Depends: dpkg',
      'Provides: json-tool (= 1)',
      'Homepage: https://jqlang.org',
      'Description: lightweight command-line JSON processor',
      ' First paragraph.',
      ' .',
      ' Second.',
      '',
    ].join('\n');
    expect(readControl(control, '/etc/jq.conf\nremove-on-upgrade /etc/old\n')).toEqual({
      name: 'jq',
      version: '1.6-2.1+deb12u1',
      architecture: 'amd64',
      depends: [['dpkg'], ['libjq1'], ['libc6']],
      provides: ['json-tool'],
      summary: 'lightweight command-line JSON processor',
      description: 'First paragraph.\n\nSecond.',
      homepage: 'https://jqlang.org',
      conffiles: ['etc/jq.conf'],
    });
  });
});
