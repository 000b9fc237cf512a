import { encodeAdvertisement, ROUTER_ADVERTISEMENT } from '../../../pxe-server/dhcp6/advertisement.ts';
import { interfaceFacts } from '../../../pxe-server/net/interfaces.ts';
import { ipv6Number } from '../../../pxe-server/net/ipv6.ts';
import { Ipv6Socket } from '../../../pxe-server/net/ipv6-socket.ts';
import { Reactor } from '../../../pxe-server/net/reactor.ts';
import { openIcmp6 } from '../../../pxe-server/net/sockets.ts';

/** DEVICE SECONDS: says once that a router is here for so long. DEVICE listen: prints the first one that is heard. */
const [device = '', what = ''] = process.argv.slice(2);
const socketFd = openIcmp6(device, [ROUTER_ADVERTISEMENT], ['ff02::1']);
const socket = new Ipv6Socket(socketFd, (errno) => {
  throw new Error(errno);
});
if (what === 'listen') {
  const reactor = new Reactor();
  reactor.watch(socketFd, () =>
    socket.receive(({ bytes }) => {
      process.stdout.write(bytes.toString('hex'));
      reactor.stop();
    }),
  );
  reactor.after(60_000, () => reactor.stop());
  reactor.run();
} else {
  const { index, mac } = interfaceFacts(device);
  const message = encodeAdvertisement({ kind: 'nothing' }, Buffer.from(mac.replaceAll(':', ''), 'hex'));
  message.writeUInt16BE(Number(what), 6);
  socket.send(message, { address: ipv6Number('ff02::1'), port: 0, zone: index });
}
