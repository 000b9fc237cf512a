import { afterEach, beforeEach, expect, it } from 'vitest';
import { InstallLog } from '../../../pxe-server/enrol/install-log.ts';
import type { Fact } from '../../../pxe-server/trace/entry.ts';
import { type Books, openBooks } from './desk.ts';

let books: Books;
let log: InstallLog;
let id: string;
beforeEach(async () => {
  books = await openBooks();
  log = new InstallLog({ ...books, onInternal: (error) => expect.fail(String(error)) });
  ({ id } = await books.registry.declare({ name: 'node1', macs: ['52:54:00:00:00:01'] }));
});
afterEach(() => books.close());

const line = (severity: number | undefined, message = 'mkfs failed'): Fact => ({
  ...{ layer: 'installer', step: 'log', message, program: 'program' },
  ...(severity === undefined ? {} : { severity }),
});
function record(fact: Fact, key = id, startedAt = 1) {
  const attempt = { key, mac: null, startedAt, entries: [], bytes: 0, left: 0 };
  log.recorded({ attempt, entry: { at: 2, fact }, begins: false });
}
const told = async () => {
  await new Promise((done) => setTimeout(done, 20));
  return (await books.story()).filter((message) => message.startsWith('syslog: '));
};

it('brings what is grave into the story of its host', async () => {
  for (const severity of [0, 3, 4, 6, 7, undefined]) record(line(severity, `severity ${severity}`));
  record({ layer: 'installer', step: 'failed', message: 'x', severity: 0 });
  expect(await told()).toEqual(['syslog: program: severity 0', 'syslog: program: severity 3']);
});
it('of machines that are no host nothing', async () => {
  record(line(0), '52:54:00:00:00:99');
  expect(await told()).toEqual([]);
});
it('so many of a boot, and the last says where more is', async () => {
  for (let n = 0; n < 500; n++) record(line(3, `line ${n}`));
  const lines = await told();
  expect(lines).toHaveLength(40);
  expect(lines.at(-1)).toBe('syslog: program: line 39 (more lines are in the trace of its boot)');
  record(line(3, 'next boot'), id, 2);
  expect(await told()).toHaveLength(41);
});
