import { beforeEach, expect, it } from 'vitest';
import { Traces } from '../../../pxe-server/boot/traces.ts';
import type { BootTrace } from '../../../pxe-server/roles/messages.ts';

const trace = (change: Partial<BootTrace> = {}): BootTrace => ({
  ...{ kind: 'script', hostId: null, mac: null, address: '192.0.2.9', message: 'a boot' },
  ...change,
});

let told: BootTrace[];
let traces: Traces;
beforeEach(() => {
  told = [];
  traces = new Traces((entry) => told.push(entry));
});
const ofHosts = () => told.filter((entry) => entry.hostId !== null).length;

it('a flood of strangers is told as a number, and known hosts are told nevertheless', () => {
  for (let i = 0; i < 5000; i++) traces.tell(trace());
  const strangers = told.length;
  expect(strangers).toBeLessThanOrEqual(1002); // of two seconds at most, and the first number
  for (let i = 0; i < 400; i++) traces.tell(trace({ hostId: `h${i}` }));
  expect(ofHosts()).toBe(400);
  traces.stop();
  expect(told.at(-1)).toMatchObject({
    ...{ kind: 'warning', hostId: null },
    message: expect.stringMatching(/^\d+ more boot request\(s\) than can be told, the last: a boot$/),
  });
});
it('a flood of known hosts is told as a number too', () => {
  for (let i = 0; i < 5000; i++) traces.tell(trace({ hostId: 'h1' }));
  traces.stop();
  expect(ofHosts()).toBeLessThanOrEqual(1000);
});
it('a kickstart is always told: it takes the arming of its host', () => {
  for (let i = 0; i < 1500; i++) traces.tell(trace({ kind: 'kickstart', hostId: 'h1' }));
  expect(told).toHaveLength(1500);
});
