import { describe, expect, it } from 'vitest';
import { compileRules, decide } from '../../../builder/strip/rules.ts';
import { modulePath, rules } from './root-fixture.ts';

describe('of the rules that match, the last decides', () => {
  const matchers = compileRules(
    rules(
      'drop usr/share/locale/**', // 0
      'keep usr/share/locale/en/**', // 1
      'drop-package dracut dracut-*', // 2
      'keep-package dracut-live', // 3
      'drop-module **', // 4
      'keep-module kernel/net/** kvm-*', // 5
      'drop-module slip*', // 6
    ),
  );
  it.each<[path: string, owners: string[], isModule: boolean, rule: number | undefined]>([
    ['usr/share/locale/de/x', [], false, 0],
    ['usr/share/locale/en/x', [], false, 1],
    ['usr/bin/dracut', ['dracut'], false, 2],
    ['usr/lib/dracut/x', ['dracut', 'dracut-network'], false, 2],
    ['usr/lib/shared', ['dracut', 'systemd'], false, undefined],
    ['usr/lib/live', ['dracut', 'dracut-live'], false, 3],
    ['usr/bin/unowned', [], false, undefined],
    ['usr/bin/bash', ['bash'], false, undefined],
    [modulePath('kernel/sound/snd'), [], true, 4],
    [modulePath('kernel/net/tls/tls'), [], true, 5],
    [modulePath('kernel/arch/x86/kvm/kvm-amd'), ['kernel-core'], true, 5],
    [modulePath('kernel/net/slip/slip_net'), [], true, 6],
  ])('%s of %j', (path, owners, isModule, rule) => {
    expect(decide(matchers, { path, owners, isModule })?.index).toBe(rule);
  });
  it('the package that carries a module does not matter', () => {
    const byPackage = compileRules(rules('drop-package kernel-modules'));
    const subject = { path: modulePath('kernel/net/tls/tls'), owners: ['kernel-modules'], isModule: true };
    expect(decide(byPackage, subject)).toBeUndefined();
    expect(decide(byPackage, { ...subject, path: 'usr/lib/x', isModule: false })?.index).toBe(0);
  });
});
