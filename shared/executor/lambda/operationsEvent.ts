import * as z from 'zod';

/** How many operations one event may name: as many ids as stay far below what an asynchronous invocation may carry. */
export const operationsPerEvent = 100;

/**
 * How often in a row the work of one event may be handed on to another invocation. AWS Lambda takes a function that
 * invokes itself some 16 times in a row for one that never ends, and stops it.
 */
export const maxContinuations = 12;

const eventSchema = z.strictObject({
  /** Ids; all else is in the database. */
  stagingOperations: z.array(z.uuid()).max(operationsPerEvent),
  /** How often it was handed on already. */
  continued: z.int().min(0).max(maxContinuations).default(0),
});

/** What a function sends itself to have operations run. */
export type OperationsEvent = z.output<typeof eventSchema>;

/** Whether an event is meant for the executor, in order or not. */
export function isOperationsEvent(given: unknown): given is object {
  return typeof given === 'object' && given !== null && 'stagingOperations' in given;
}

/** The operations that an event names; undefined when it is not in order. */
export function readOperationsEvent(given: unknown): OperationsEvent | undefined {
  return eventSchema.safeParse(given).data;
}
