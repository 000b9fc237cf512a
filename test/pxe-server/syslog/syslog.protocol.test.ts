import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeFd, openTcpListener, openUdp } from '../../../pxe-server/net/sockets.ts';
import { parseSyslog, type SyslogMessage } from '../../../pxe-server/syslog/message.ts';
import { listenSyslog } from '../../../pxe-server/syslog/server.ts';

const PORT = 20_514;
const run = promisify(execFile);

let heard: (SyslogMessage & { from: string })[];
let stop: () => Promise<void>;
let fds: number[];
beforeEach(async () => {
  heard = [];
  const sockets = ['127.0.0.1', '::1'].map((address) => ({
    ...{ address, udp: openUdp({ address, port: PORT }) },
    tcp: openTcpListener({ address, port: PORT }),
  }));
  fds = sockets.flatMap(({ udp, tcp }) => [udp, tcp]);
  stop = await listenSyslog(
    sockets,
    (bytes, from) => heard.push({ ...parseSyslog(bytes)!, from }),
    (error) => {
      throw error;
    },
  );
});
afterEach(async () => {
  await stop();
  for (const fd of fds) closeFd(fd);
});
const until = async (count: number) => {
  for (let n = 0; heard.length < count && n < 200; n++) await new Promise((next) => setTimeout(next, 10));
};

it.each([
  ['UDP, RFC 5424', '127.0.0.1', ['--udp', '--rfc5424']],
  ['UDP, RFC 3164', '127.0.0.1', ['--udp', '--rfc3164']],
  ['TCP, RFC 5424', '127.0.0.1', ['--tcp', '--rfc5424']],
  ['TCP, RFC 3164', '127.0.0.1', ['--tcp', '--rfc3164']],
  ['TCP, counted', '127.0.0.1', ['--tcp', '--octet-count']],
  ['UDP over IPv6', '::1', ['--udp', '--rfc5424']],
  ['TCP over IPv6', '::1', ['--tcp', '--rfc3164']],
])('logger by %s', async (_what, address, flags) => {
  const to = ['--server', address, '--port', String(PORT)];
  await run('logger', [...to, ...flags, '-p', 'user.err', '-t', 'anaconda', 'INF packaging: it’s done']);
  await until(1);
  expect(heard).toEqual([
    { severity: 3, program: 'anaconda', text: 'INF packaging: it’s done', from: address },
  ]);
});
it('many lines of one connection, as rsyslog sends them', async () => {
  const socket = connect(PORT, '127.0.0.1');
  for (let n = 0; n < 5000; n++) socket.write(`<30>Nov 26 19:40:01 node1 anaconda: line ${n}\n`);
  socket.end();
  await until(5000);
  expect(heard).toHaveLength(5000);
  expect(heard.at(-1)).toMatchObject({ text: 'line 4999' });
});
it('a fifth connection of one address is closed, the others go on', async () => {
  const sockets = Array.from({ length: 5 }, () => connect(PORT, '127.0.0.1'));
  const closed = await Promise.race(
    sockets.map(
      (socket) =>
        new Promise((resolve) => socket.on('close', () => resolve(socket)).on('error', () => undefined)),
    ),
  );
  const [open] = sockets.filter((socket) => socket !== closed);
  open!.write('<13>a: b\n');
  await until(1);
  expect(heard).toMatchObject([{ program: 'a', text: 'b' }]);
  for (const socket of sockets) socket.destroy();
});
