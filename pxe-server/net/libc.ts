import koffi from 'koffi';

/** The few calls that Node does not offer; the same numbers on x86-64 and arm64 (asm-generic/socket.h). */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_BROADCAST = 6;
export const SO_RCVBUF = 8;
export const SO_RCVTIMEO = 20;
export const SO_BINDTODEVICE = 25;
export const SO_ATTACH_FILTER = 26;
export const SO_ACCEPTCONN = 30;
export const SO_RCVBUFFORCE = 33;
export const SO_LOCK_FILTER = 44;
export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IP_PKTINFO = 8;
export const IP_MTU = 14;
export const SOL_UDP = 17;
export const UDP_SEGMENT = 103;
/** linux/in6.h, linux/icmpv6.h */
export const IPPROTO_IPV6 = 41;
export const IPPROTO_ICMPV6 = 58;
export const IPV6_UNICAST_HOPS = 16;
export const IPV6_MULTICAST_HOPS = 18;
export const IPV6_MULTICAST_LOOP = 19;
export const IPV6_JOIN_GROUP = 20;
export const IPV6_MTU = 24;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;
export const IPV6_RECVHOPLIMIT = 51;
export const IPV6_HOPLIMIT = 52;
export const IPV6_FREEBIND = 78;
export const ICMPV6_FILTER = 1;
export const MSG_DONTWAIT = 0x40;
export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 1;
export const EPOLLOUT = 4;
/** struct epoll_event is packed on x86-64 alone (sys/epoll.h): bytes of one, and where its data lie. */
export const EPOLL_EVENT = process.arch === 'x64' ? { size: 12, data: 4 } : { size: 16, data: 8 };
/** fcntl(2): the lowest free descriptor, closed when a program is started. */
const F_DUPFD_CLOEXEC = 1030;
export const POLLIN = 1;
export const POLLOUT = 4;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCGIFHWADDR = 0x8927;

type Bytes = Uint8Array;

const libc = koffi.load('libc.so.6');

export const socket: (family: number, type: number, protocol: number) => number =
  libc.func('int socket(int, int, int)');
export const setsockopt: (fd: number, level: number, name: number, value: Bytes, size: number) => number =
  libc.func('int setsockopt(int, int, int, const void *, uint32_t)');
export const getsockopt: (
  fd: number,
  level: number,
  name: number,
  value: Bytes,
  size: Uint32Array,
) => number = libc.func('int getsockopt(int, int, int, void *, void *)');
export const bind: (fd: number, address: Bytes, size: number) => number = libc.func(
  'int bind(int, const void *, uint32_t)',
);
/** The size is written over with that of what was given. */
export const getsockname: (fd: number, address: Bytes, size: Uint32Array) => number = libc.func(
  'int getsockname(int, void *, void *)',
);
export const recvfrom: (
  fd: number,
  into: Bytes,
  size: number,
  flags: number,
  from: Bytes,
  fromSize: Uint32Array,
) => number = libc.func('long recvfrom(int, void *, size_t, int, void *, void *)');
export const sendto: (
  fd: number,
  bytes: Bytes,
  size: number,
  flags: number,
  to: Bytes,
  toSize: number,
) => number = libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)');
export const connect: (fd: number, address: Bytes, size: number) => number = libc.func(
  'int connect(int, const void *, uint32_t)',
);
/** From an address in memory that does not move. */
export const sendFrom: (fd: number, from: number, size: number, flags: number) => number = libc.func(
  'long send(int, uintptr_t, size_t, int)',
);
export const send: (fd: number, bytes: Bytes, size: number, flags: number) => number = libc.func(
  'long send(int, const void *, size_t, int)',
);
export const recv: (fd: number, into: Bytes, size: number, flags: number) => number = libc.func(
  'long recv(int, void *, size_t, int)',
);
/** Into memory that does not move, by its address. */
export const recvInto: (fd: number, into: number, size: number, flags: number) => number = libc.func(
  'long recv(int, uintptr_t, size_t, int)',
);
export const listen: (fd: number, backlog: number) => number = libc.func('int listen(int, int)');
export const close: (fd: number) => number = libc.func('int close(int)');
export const read: (fd: number, into: Bytes, size: number) => number = libc.func(
  'long read(int, void *, size_t)',
);
/** An array of struct iovec; RWF_NOWAIT: fails with EAGAIN rather than wait for the disk. */
export const preadv2: (fd: number, vectors: Bytes, count: number, offset: number, flags: number) => number =
  libc.func('long preadv2(int, const void *, int, long, int)');
export const RWF_NOWAIT = 8;
export const fadvise: (fd: number, offset: number, size: number, advice: number) => number = libc.func(
  'int posix_fadvise(int, long, long, int)',
);
/** Begins to read from the disk, without waiting for it. */
export const FADV_WILLNEED = 3;
const fcntl: (fd: number, command: number, type: 'int', argument: number) => number =
  libc.func('int fcntl(int, int, ...)');
/** Another descriptor of the same open file or connection; -1 on failure. */
export const duplicate = (fd: number): number => fcntl(fd, F_DUPFD_CLOEXEC, 'int', 0);
/** From a file, at an offset (int64) that is moved on, to a socket. @returns bytes, 0 at the file's end, -1 on failure */
export const sendfile: (to: number, from: number, offset: BigInt64Array, count: number) => number = libc.func(
  'long sendfile(int, int, void *, size_t)',
);
export const ioctl: (fd: number, request: number, argument: Bytes) => number = libc.func(
  'int ioctl(int, ulong, void *)',
);
/** An array of struct pollfd; milliseconds, -1 for ever. */
export const poll: (descriptors: Bytes, count: number, timeout: number) => number = libc.func(
  'int poll(void *, ulong, int)',
);
/** A descriptor that watches others, struct epoll_event for each (epoll(7)). */
export const epollCreate: (flags: number) => number = libc.func('int epoll_create1(int)');
export const epollControl: (epoll: number, operation: number, fd: number, event: Bytes) => number = libc.func(
  'int epoll_ctl(int, int, int, void *)',
);
export const epollWait: (epoll: number, events: Bytes, count: number, timeout: number) => number = libc.func(
  'int epoll_wait(int, void *, int, int)',
);
/** Arrays of struct mmsghdr. @returns how many messages came or went, -1 on failure */
export const recvmmsg: (fd: number, messages: Bytes, count: number, flags: number, timeout: null) => number =
  libc.func('int recvmmsg(int, void *, unsigned int, int, void *)');
export const sendmmsg: (fd: number, messages: Bytes, count: number, flags: number) => number = libc.func(
  'int sendmmsg(int, void *, unsigned int, int)',
);
/** One struct msghdr. @returns bytes, -1 on failure */
export const recvmsg: (fd: number, message: Bytes, flags: number) => number = libc.func(
  'long recvmsg(int, void *, int)',
);
export const sendmsg: (fd: number, message: Bytes, flags: number) => number = libc.func(
  'long sendmsg(int, const void *, int)',
);
/** A counter that poll waits for; eight bytes are added to it and read from it. */
export const eventfd: (start: number, flags: number) => number = libc.func('int eventfd(unsigned int, int)');
const mmap: (at: null, size: number, protection: number, flags: number, fd: number, from: number) => unknown =
  libc.func('void *mmap(void *, size_t, int, int, int, long)');
const munmap: (at: unknown, size: number) => number = libc.func('int munmap(void *, size_t)');
/** A linked list of struct ifaddrs, one for each address; freeIfAddrs releases it. */
export const getIfAddrs: (first: [unknown]) => number = libc.func('int getifaddrs(_Out_ void **first)');
export const freeIfAddrs: (first: unknown) => void = libc.func('void freeifaddrs(void *first)');
export const ifNameToIndex: (name: string) => number = libc.func('unsigned int if_nametoindex(const char *)');
const ifNameOfIndex: (index: number, name: Bytes) => unknown = libc.func(
  'void *if_indextoname(unsigned int, void *)',
);

/** undefined: no such interface. */
export function ifIndexToName(index: number): string | undefined {
  const name = Buffer.alloc(16); // IF_NAMESIZE
  return ifNameOfIndex(index, name) === null ? undefined : name.toString('latin1', 0, name.indexOf(0));
}

const NAMES = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));
/** Those that have two names (EWOULDBLOCK, ENOTSUP) go by the one that the manual pages use. */
for (const name of ['EAGAIN', 'EOPNOTSUPP'] as const) NAMES.set(koffi.os.errno[name]!, name);

/** Name of the last failure, "EADDRINUSE". */
export function lastErrno(): string {
  return errnoName(koffi.errno());
}

/** 28 → "ENOSPC". */
export function errnoName(number: number): string {
  return NAMES.get(number) ?? `errno ${number}`;
}

/**
 * Where the bytes lie, for calls that take an address: a buffer that is no part of another does not move while it is
 * held, unless it is so small (64 bytes) that V8 keeps it among its objects.
 */
export function addressOf(bytes: Buffer): number {
  return Number(koffi.address(bytes));
}

/** Memory that does not move, so that structures in it can point at each other. */
export interface FixedMemory {
  bytes: Buffer;
  /** Of the first byte. */
  address: bigint;
  /** After it `bytes` must not be touched. */
  release(): void;
}

/** @param size bytes, all zero */
export function fixedMemory(size: number): FixedMemory {
  const READ_WRITE = 3;
  const PRIVATE_ANONYMOUS = 0x22;
  const at = mmap(null, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
  const address = koffi.address(at);
  if (address === 0n || address === 0xffffffffffffffffn) throw new RangeError(`no ${size} bytes of memory`);
  return { bytes: Buffer.from(koffi.view(at, size)), address, release: () => munmap(at, size) };
}
