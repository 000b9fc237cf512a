import { expect, it } from 'vitest';
import { purl, uuid } from '../../../builder/evidence/identifiers.ts';
import { installed } from './fixture.ts';

it.each([
  ['bash', {}, 'pkg:rpm/alma/bash@1~rc1-2.el9%2B5?arch=x86_64&distro=alma-10.0'],
  ['gcc-c++', { epoch: 3 }, 'pkg:rpm/alma/gcc-c%2B%2B@1~rc1-2.el9%2B5?arch=x86_64&distro=alma-10.0&epoch=3'],
  ['odd', { version: "1^2*'", release: '1' }, 'pkg:rpm/alma/odd@1%5E2%2A%27-1?arch=x86_64&distro=alma-10.0'],
])('package URL of %s', (name, more, expected) => {
  const distribution = { id: 'alma', version: '10.0', name: 'AlmaLinux' };
  expect(purl(installed(name, more), distribution)).toBe(expected);
});
it('package URL of a root that does not say what it is', () => {
  expect(purl(installed('bash'), undefined)).toBe('pkg:rpm/bash@1~rc1-2.el9%2B5?arch=x86_64');
});
it("UUID of a name, as Python's uuid.uuid5(NAMESPACE_URL, …) makes it", () => {
  expect(uuid('rackhand:test')).toBe('5596ec0f-638a-5abd-b745-46c8ba2020c3');
});
