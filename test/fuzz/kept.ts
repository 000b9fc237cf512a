export interface KeptInput {
  target: string;
  hex: string;
  /** What it once did. */
  because: string;
}

/** Inputs and seeds that found something, or reach far; every run of the tests begins with them. */
export const kept: readonly KeptInput[] = [
  {
    target: 'dhcp4',
    hex: `010106${'00'.repeat(233)}63825363350101ff`,
    because: 'the shortest message there is',
  },
  {
    target: 'dhcp4',
    hex: `010106${'00'.repeat(233)}63825363350101340103${'01'.repeat(60)}`,
    because: 'options go on in the file and name fields, which hold none, and never end',
  },
  {
    target: 'dhcp4',
    hex: `010106${'00'.repeat(233)}63825363350101${'52ff'.concat('00'.repeat(255)).repeat(4)}ff`,
    because: 'one option in four parts of 255 bytes (RFC 3396)',
  },
  {
    target: 'arp',
    hex: `0001080006040001${'ff'.repeat(6)}c6336464${'00'.repeat(6)}c6336464`,
    because: 'an announcement of everybody',
  },
  {
    target: 'datagram',
    hex: `4f${'00'.repeat(8)}11${'00'.repeat(10)}`,
    because: 'a header longer than the packet',
  },
  {
    target: 'dhcp4-server',
    hex: `010106${'00'.repeat(25)}ffffffffffff${'00'.repeat(202)}63825363350101ff`,
    because: 'a hardware address that is everybody',
  },
  { target: 'dhcp6', hex: '01000000', because: 'the shortest message there is' },
  {
    target: 'dhcp6',
    hex: `0c${'00'.repeat(33)}0009002a`.repeat(9),
    because: 'relays in relays that never come to a message',
  },
  {
    target: 'kickstart',
    hex: '00726f6f74707720615c0a',
    because: 'a backslash before the end of a line makes the end a word',
  },
  {
    target: 'kickstart',
    hex: '01746578740b726f6f74707720780b',
    because: 'lines that end in vertical tabs',
  },
  {
    target: 'kickstart',
    hex: '02257061636b616765730a40220a25656e64',
    because: 'a quote that a group does not end',
  },
  {
    target: 'kickstart',
    hex: '026669726577616c6c202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c62202d2d736572766963653d612c6220',
    because: 'a value that is given sixty times',
  },
  {
    target: 'syslog',
    hex: '3c3136353e31202d206820617070202d202d205b61403120783d225c',
    because: 'structured data that ends in a backslash',
  },
  { target: 'syslog', hex: '3939393939203c', because: 'a count of bytes that never come' },
  { target: 'tftp', hex: '0001', because: 'an operation alone' },
  { target: 'tftp', hex: `000161006f6374657400${'6100'.repeat(400)}`, because: 'four hundred option names' },
];

export const seeds: readonly number[] = [69, 2131, 2132, 3396];
