import * as z from 'zod';

/** How many operations one event may name: few enough to stay far below the size limit of asynchronous invocations. */
export const operationsPerEvent = 100;

/**
 * How often in a row the operations of an event may be passed on to another invocation. AWS Lambda considers a function
 * that invokes itself about 16 times in a row an infinite loop, and stops it.
 */
export const maxContinuations = 12;

const eventSchema = z.strictObject({
  /** Ids; everything else is in the database. */
  stagingOperations: z.array(z.uuid()).max(operationsPerEvent),
  /** How often it was passed on already. */
  continued: z.int().min(0).max(maxContinuations).default(0),
});

/** The event with which a function invokes itself to run operations. */
export type OperationsEvent = z.output<typeof eventSchema>;

/** Whether an event is meant for the executor, valid or not. */
export function isOperationsEvent(given: unknown): given is object {
  return typeof given === 'object' && given !== null && 'stagingOperations' in given;
}

/** The operations of an event; undefined if it is invalid. */
export function readOperationsEvent(given: unknown): OperationsEvent | undefined {
  return eventSchema.safeParse(given).data;
}
