import { expect, it } from 'vitest';
import { renderExplanation } from '../../../builder/commands/why.ts';

it('what is there: reason, bytes, package, users', () => {
  const text = renderExplanation({
    ...{ path: 'usr/lib64/liba.so.1', keep: true, bytes: 3 << 20, packages: ['liba'] },
    ...{ because: 'no rule names it, so it stays', neededBy: ['/usr/bin/app'], needs: ['library libc.so.6'] },
  });
  expect(text.split('\n')).toEqual([
    '/usr/lib64/liba.so.1 is in the image',
    '  because  no rule names it, so it stays',
    '  bytes    3145728 (3.0 MiB)',
    '  package  liba',
    '',
    'needed by',
    '  /usr/bin/app',
    '',
    'needs',
    '  library libc.so.6',
  ]);
});
it('what is gone', () => {
  const text = renderExplanation({
    ...{ path: 'etc/x', keep: false, bytes: 12, packages: [], neededBy: ['/etc/y (gone too)'], needs: [] },
    because: 'rule r:0 (drop: reason) removes it',
  });
  expect(text).toContain(
    '/etc/x was removed\n  because  rule r:0 (drop: reason) removes it\n  bytes    12\n',
  );
  expect(text).toContain('package  none: the build made it\n\nwas needed by\n  /etc/y (gone too)');
});
