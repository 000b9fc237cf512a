import './reflect.ts';
import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto as Parameters<typeof x509.cryptoProvider.set>[1]);

/** @peculiar/x509 on Node's own cryptography; imported from here alone, since it needs ./reflect.ts first. */
export { x509 };
