/** How many items one task has, and how many tasks run at the same time. */
interface TaskLimits {
  readonly maxItems: number;
  readonly maxTasks: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result | undefined): void;
  reject(error: unknown): void;
}

/**
 * Does work together for items that are wanted at about the same time: those of one turn of the event loop, and those
 * that wait while all tasks run. The work returns the results in the order of the items; undefined where there is none.
 */
export function together<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly (Result | undefined)[]>,
  { maxItems, maxTasks }: TaskLimits,
): (item: Item) => Promise<Result | undefined> {
  const waiting: Waiting<Item, Result>[] = [];
  let tasks = 0;
  const runNext = async () => {
    if (tasks === maxTasks || waiting.length === 0) return;
    tasks += 1;
    const some = waiting.splice(0, maxItems);
    void runNext();
    try {
      const results = await work(some.map(({ item }) => item));
      for (const [index, { resolve }] of some.entries()) resolve(results[index]);
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
    tasks -= 1;
    void runNext();
  };
  return (item) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ item, resolve, reject }) === 1) setImmediate(runNext);
    });
}

/** From this many calls within this time on, in ms, doing their work together pays off: also if a thread must start. */
const many = { calls: 8, withinMs: 250 };

/** Counts calls; each returns whether there were many. */
export function countMany(): () => boolean {
  const calledAt: number[] = [];
  return () => {
    calledAt.push(performance.now());
    if (calledAt.length < many.calls) return false;
    const first = calledAt.shift() ?? 0;
    return performance.now() - first < many.withinMs;
  };
}
