import { z } from 'zod';

const machine = {
  /** Null: a machine that nobody declared, or a medium. */
  hostId: z.string().nullable(),
  name: z.string(),
  mac: z.string().nullable(),
  address: z.string(),
  /** Of all that it loads. */
  bytes: z.int(),
  /** Narrower lines on its way: "rack r1", "subnet 10.7.0.0/22". */
  lines: z.array(z.string()),
  /** ISO time: since when it waits, or boots. */
  since: z.string(),
};

/** Who boots and who waits for its turn, as boot tells control and control tells people. */
export const QueueView = z.strictObject({
  /** Bytes a second; null: not configured, and never measured as exhausted: nobody waits for it. */
  bandwidth: z.number().nullable(),
  measured: z.boolean(),
  /** Bytes a second that go out now. */
  rate: z.int(),
  /** Machines that load at once; null: as many as come. */
  places: z.int().nullable(),
  going: z.array(z.strictObject(machine)),
  /** In the order in which they go. */
  waiting: z.array(
    z.strictObject({
      /** 1 is the next. */
      place: z.int(),
      ...machine,
      /** Until its turn, as far as can be told. */
      seconds: z.int(),
    }),
  ),
});
export type QueueView = z.infer<typeof QueueView>;

export const PlaceRequest = z.strictObject({
  place: z.int().min(1).max(10_000).describe('1 is the front'),
});

/** What control asks: the queue, perhaps after a machine has got another place. */
export interface QueueQuestion {
  move?: { who: string; place: number };
}
