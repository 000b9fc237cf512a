import { describe, expect, it } from 'vitest';
import { LoneTransfer } from '../../../pxe-server/tftp/lone.ts';
import type { Session } from '../../../pxe-server/tftp/session.ts';

/** A transfer whose client answers so many times at once when it is waited for. */
class Client {
  waits = 0;
  answers: number;
  constructor(answers: number) {
    this.answers = answers;
  }
  ready(wait: boolean): boolean {
    expect(wait).toBe(true);
    this.waits += 1;
    return this.answers-- > 0;
  }
  get session(): Session {
    return this as unknown as Session;
  }
}

/** One turn: who of them had something to do. */
function turn(lone: LoneTransfer, ...sessions: Client[]): void {
  for (const { session } of sessions) lone.took(session);
  lone.turnEnds();
}

describe('a transfer', () => {
  it('is waited for when it alone had something to do, eight turns in a row', () => {
    const [lone, client] = [new LoneTransfer(), new Client(5)];
    for (let i = 0; i < 8; i++) turn(lone, client);
    expect(client.waits).toBe(0);
    turn(lone, client);
    expect(client.waits).toBe(6);
  });
  it('has to prove itself again once it did not answer at once', () => {
    const [lone, client] = [new LoneTransfer(), new Client(0)];
    for (let i = 0; i < 9; i++) turn(lone, client);
    expect(client.waits).toBe(1);
    for (let i = 0; i < 7; i++) turn(lone, client);
    expect(client.waits).toBe(1);
    turn(lone, client);
    expect(client.waits).toBe(2);
  });
  it('is waited for 32 packets at most, then the others are looked at', () => {
    const [lone, client] = [new LoneTransfer(), new Client(1000)];
    for (let i = 0; i < 9; i++) turn(lone, client);
    expect(client.waits).toBe(32);
    turn(lone, client);
    expect(client.waits).toBe(64);
  });
});

describe('none is waited for', () => {
  it('while two are at work, in one turn or in turns', () => {
    const [lone, one, two] = [new LoneTransfer(), new Client(9), new Client(9)];
    for (let i = 0; i < 50; i++) turn(lone, one, two);
    for (let i = 0; i < 50; i++) turn(lone, ...(i % 2 === 0 ? [one] : [two]));
    expect([one.waits, two.waits]).toEqual([0, 0]);
  });
  it('for eight turns after a request or a message', () => {
    const [lone, client] = [new LoneTransfer(), new Client(1000)];
    for (let i = 0; i < 9; i++) turn(lone, client);
    lone.disturbed();
    turn(lone, client);
    for (let i = 0; i < 8; i++) turn(lone, client);
    expect(client.waits).toBe(32);
    turn(lone, client);
    expect(client.waits).toBe(64);
  });
  it('turns for a timer say nothing either way', () => {
    const [lone, client] = [new LoneTransfer(), new Client(1000)];
    for (let i = 0; i < 9; i++) {
      turn(lone, client);
      turn(lone);
    }
    expect(client.waits).toBe(32);
  });
});
