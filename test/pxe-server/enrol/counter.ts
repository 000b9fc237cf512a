import { X509Certificate } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { Pending, Registered, RegisterRequest } from '../../../builder/contract/agent-protocol.ts';
import type { Host } from '../../../pxe-server/hosts/model.ts';
import { type Desk, freshKeys, type Keys, openDesk } from './desk.ts';

export const MAC = '52:54:00:00:00:01';
export const OTHER_MAC = '52:54:00:00:00:02';
export const PEER = '192.0.2.10';

/** A desk for each test, with the keys of the file, and what its tests do there. */
export function deskOfEachTest() {
  let keys: Keys;
  let desk: Desk;
  beforeAll(async () => {
    keys = await freshKeys();
  });
  afterAll(() => keys.remove());
  beforeEach(async () => {
    desk = await openDesk(keys.holder);
  });
  afterEach(() => desk.close());
  const ask = (token: string, request: RegisterRequest, peer = PEER) =>
    desk.enrolment.register(token, request, peer);
  return {
    desk: () => desk,
    clientCa: () => keys.holder.clientCa(),
    declared: (name: string, change = {}) =>
      desk.registry.declare({ name, macs: [MAC], arm: 'always', ...change }),
    async registered(token: string, request: RegisterRequest, peer = PEER): Promise<Registered> {
      const answer = await ask(token, request, peer);
      expect(answer.state).toBe('registered');
      return answer as Registered;
    },
    async pending(token: string, request: RegisterRequest): Promise<Pending> {
      const answer = await ask(token, request);
      expect(answer.state).toBe('pending');
      return answer as Pending;
    },
    refused: (token: string, request: RegisterRequest, expected: object) =>
      expect(ask(token, request)).rejects.toMatchObject(expected),
    certificate: (answer: Registered) => new X509Certificate(answer.certificate),
    state: (host: Host) => desk.registry.get(host.id).state,
  };
}
