import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createFairQueue, leastCostBytes } from '../../../shared/executor/queue/fairQueue.ts';

/** An operation of a user, and the number of bytes that it will move. */
interface Asked {
  readonly user: string;
  readonly bytes: number;
}

const mebibyte = 1024 ** 2;
const maxBytes = 1024 ** 4;
const askedArbitrary = fc.array(
  fc.record({ user: fc.constantFrom('ann', 'bob', 'cid', 'dan'), bytes: fc.nat(maxBytes) }),
  { maxLength: 200 },
);
const placesArbitrary = fc.integer({ min: 1, max: 12 });

/** A queue in which operations move all their bytes at their start. */
function queueOf(places: number, asked: readonly Asked[]) {
  const bytesMoved = (id: string) => asked[Number(id)]?.bytes ?? 0;
  const queue = createFairQueue({ places, bytesMoved });
  asked.forEach(({ user }, index) => {
    queue.add(String(index), user);
  });
  return queue;
}

/** Runs operations to their end, in the order that `choose` selects, and returns the order in which they started. */
function runAll(
  queue: ReturnType<typeof createFairQueue>,
  choose: (running: readonly string[]) => number,
  look: (running: readonly string[], begun: readonly string[]) => void = () => undefined,
): string[] {
  const running: string[] = [];
  const begun: string[] = [];
  for (;;) {
    for (let id = queue.dequeue(); id !== undefined; id = queue.dequeue()) {
      running.push(id);
      begun.push(id);
      look(running, begun);
    }
    const [ended] = running.splice(choose(running) % Math.max(1, running.length), 1);
    if (ended === undefined) return begun;
    queue.end(ended);
  }
}

test('every operation runs once, and never more than there are slots', () => {
  fc.assert(
    fc.property(askedArbitrary, placesArbitrary, fc.infiniteStream(fc.nat(1000)), (asked, places, ends) => {
      const queue = queueOf(places, asked);
      const begun = runAll(
        queue,
        () => ends.next().value ?? 0,
        (running) => expect(running.length).toBeLessThanOrEqual(places),
      );
      expect(begun.toSorted()).toEqual(asked.map((_, index) => String(index)).toSorted());
      expect(queue.size).toBe(0);
    }),
  );
});

test('the operations of one user start in the order of arrival', () => {
  fc.assert(
    fc.property(askedArbitrary, placesArbitrary, (asked, places) => {
      const begun = runAll(queueOf(places, asked), () => 0).map(Number);
      for (const user of ['ann', 'bob', 'cid', 'dan']) {
        const own = begun.filter((index) => asked[index]?.user === user);
        expect(own).toEqual(own.toSorted((one, other) => one - other));
      }
    }),
  );
});

test('of two users with queued operations, neither is ahead by more than the number of slots', () => {
  const sizes = fc.array(fc.nat(maxBytes), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(sizes, sizes, placesArbitrary, (ofAnn, ofBob, places) => {
      const asked = [
        ...ofAnn.map((bytes) => ({ user: 'ann', bytes })),
        ...ofBob.map((bytes) => ({ user: 'bob', bytes })),
      ];
      const servedTo = (user: string, begun: readonly string[]) =>
        begun
          .map((id) => asked[Number(id)])
          .filter((one) => one?.user === user)
          .reduce((sum, one) => sum + Math.max(leastCostBytes, one?.bytes ?? 0), 0);
      const waits = (user: string, begun: readonly string[]) =>
        begun.filter((id) => asked[Number(id)]?.user === user).length <
        (user === 'ann' ? ofAnn.length : ofBob.length);
      runAll(
        queueOf(places, asked),
        () => 0,
        (_running, begun) => {
          if (!waits('ann', begun) || !waits('bob', begun)) return;
          const most = Math.max(leastCostBytes, ...asked.map(({ bytes }) => bytes));
          const apart = Math.abs(servedTo('ann', begun) - servedTo('bob', begun));
          expect(apart).toBeLessThanOrEqual(places * most);
        },
      );
    }),
  );
});

test.each([
  ['10,000 small files', 10_000, 1],
  ['terabytes, one after another', 100, maxBytes],
])("another user's one file waits for only one slot, behind %s", (_what, count, bytes) => {
  const asked = [
    ...Array.from({ length: count }, () => ({ user: 'ann', bytes })),
    { user: 'bob', bytes: mebibyte },
  ];
  const queue = queueOf(1, asked.slice(0, count));
  const first = queue.dequeue() ?? '';
  queue.add(String(count), 'bob');
  queue.end(first);
  expect(queue.dequeue()).toBe(String(count));
});

test("long operations of one user never hold all slots, so that another user's operation starts immediately", () => {
  const asked = Array.from({ length: 20 }, () => ({ user: 'ann', bytes: maxBytes }));
  const queue = queueOf(8, asked);
  const running = Array.from({ length: 8 }, () => queue.dequeue()).filter((id) => id !== undefined);
  expect(running).toHaveLength(7);
  queue.add('of bob', 'bob');
  expect(queue.dequeue()).toBe('of bob');
});

test('the bytes that a running operation has moved so far are charged immediately', () => {
  let moved = 0;
  const queue = createFairQueue({ places: 2, bytesMoved: (id) => (id === 'large' ? moved : 0) });
  queue.add('large', 'ann');
  queue.add('small', 'bob');
  expect([queue.dequeue(), queue.dequeue()]).toEqual(['large', 'small']);
  queue.add('next of ann', 'ann');
  queue.add('next of bob', 'bob');
  moved = maxBytes;
  queue.end('small');
  expect(queue.dequeue()).toBe('next of bob');
});

test('idle users accumulate no credit', () => {
  const asked = Array.from({ length: 40 }, (_, index) => ({ user: index < 30 ? 'ann' : 'bob', bytes: 1 }));
  const queue = queueOf(1, asked.slice(0, 30));
  for (let turn = 0; turn < 10; turn += 1) queue.end(queue.dequeue() ?? '');
  for (let index = 30; index < 40; index += 1) queue.add(String(index), 'bob');
  const users = runAll(queue, () => 0).map((id) => asked[Number(id)]?.user);
  // They take turns from here on: bob gets no credit for his idle time.
  expect(users.slice(0, 8).filter((user) => user === 'ann')).toHaveLength(4);
});

test('removed operations never start, and all others do', () => {
  const removals = fc.array(fc.nat(199));
  fc.assert(
    fc.property(askedArbitrary, placesArbitrary, removals, (asked, places, removed) => {
      const queue = queueOf(places, asked);
      const early = queue.dequeue();
      const gone = removed.map(String).filter((id) => queue.remove(id));
      expect(queue.remove(gone[0] ?? 'unknown')).toBe(false);
      if (early !== undefined) {
        expect(queue.remove(early)).toBe(false);
        queue.end(early);
      }
      const begun = runAll(queue, () => 0);
      const all = [...gone, ...begun, ...(early === undefined ? [] : [early])];
      expect(all.toSorted()).toEqual(asked.map((_, index) => String(index)).toSorted());
    }),
  );
});

test('an operation that is added twice runs once, and one that is queued again comes last', () => {
  const queue = createFairQueue({ places: 1, bytesMoved: () => 0 });
  for (const id of ['a', 'a', 'b', 'c']) queue.add(id, 'ann');
  expect(queue.size).toBe(3);
  expect(queue.oldestQueuedAt()).toBeDefined();
  expect(queue.remove('a')).toBe(true);
  queue.add('a', 'ann');
  expect(runAll(queue, () => 0)).toEqual(['b', 'c', 'a']);
});

test('all queued operations are removed together, and running ones stay', () => {
  const queue = queueOf(
    1,
    Array.from({ length: 5 }, () => ({ user: 'ann', bytes: 1 })),
  );
  expect(queue.dequeue()).toBe('0');
  expect(queue.removeAll()).toEqual(['1', '2', '3', '4']);
  expect([queue.size, queue.oldestQueuedAt()]).toEqual([0, undefined]);
  queue.end('0');
  expect(queue.dequeue()).toBeUndefined();
});

test('100,000 queued operations take less than 200 bytes each, including their ids', () => {
  const collect = exposeGarbageCollector();
  collect();
  const before = process.memoryUsage().heapUsed;
  const queue = createFairQueue({ places: 1, bytesMoved: () => 0 });
  for (let index = 0; index < 100_000; index += 1) {
    // Ids as from a database: each a separate text.
    const id = Buffer.from(`01a20a18-fadf-7357-b1ff-${String(index).padStart(12, '0')}`).toString('latin1');
    queue.add(id, `user-${index % 10}`);
  }
  collect();
  expect((process.memoryUsage().heapUsed - before) / 100_000).toBeLessThan(200);
  expect(queue.size).toBe(100_000);
});

function exposeGarbageCollector(): () => void {
  setFlagsFromString('--expose_gc');
  return runInNewContext('gc');
}

test('a slot is taken immediately if one is free for the user and no operation is queued', () => {
  const queue = createFairQueue({ places: 4, bytesMoved: () => 0 });
  expect(['a', 'b', 'c', 'd'].map((id) => queue.take(id, 'ann'))).toEqual([true, true, true, false]);
  // The last slot is for another user.
  expect(queue.take('e', 'bob')).toBe(true);
  expect(queue.take('f', 'bob')).toBe(false);
  expect(queue.size).toBe(0);
  queue.add('waiting', 'ann');
  queue.end('a');
  expect(queue.take('g', 'bob')).toBe(false);
  expect(queue.dequeue()).toBe('waiting');
});
