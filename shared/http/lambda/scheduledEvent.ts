import * as z from 'zod';

const scheduledEventSchema = z.looseObject({
  source: z.literal('aws.events'),
  'detail-type': z.literal('Scheduled Event'),
});

/** Whether an event was sent by a rule of EventBridge because it was time. */
export function isScheduledEvent(given: unknown): boolean {
  return scheduledEventSchema.safeParse(given).success;
}
