import { describe } from '@jest/globals';
import { testBatches } from './operations/batches.ts';
import { testBatchPlans } from './operations/batchPlans.ts';
import { testChanges } from './operations/changes.ts';
import { testConcurrency } from './operations/concurrency.ts';
import type { DatabaseUnderTest } from './operations/databaseUnderTest.ts';
import { testHostileTexts } from './operations/hostileTexts.ts';
import { testInterrupted } from './operations/interrupted.ts';
import { testLifecycle } from './operations/lifecycle.ts';
import { testLists } from './operations/lists.ts';
import { testMigrations } from './operations/migrations.ts';
import { testQueryPlans } from './operations/queryPlans.ts';
import { testQueue } from './operations/queue.ts';
import { testReservations } from './operations/reservations.ts';
import { testSortedLists } from './operations/sortedLists.ts';
import { testSummary } from './operations/summary.ts';

/** What every database that keeps the record of operations promises. */
export function testOperationRepository(database: DatabaseUnderTest): void {
  describe('the life of an operation', () => testLifecycle(database));
  describe('changes', () => testChanges(database));
  describe('lists', () => testLists(database));
  describe('sorted lists', () => testSortedLists(database));
  describe('hostile texts', () => testHostileTexts(database));
  describe('interrupted operations', () => testInterrupted(database));
  describe('batches', () => testBatches(database));
  describe('query plans of batches', () => testBatchPlans(database));
  describe('reservations', () => testReservations(database));
  describe('operations in the queue', () => testQueue(database));
  describe('migrations', () => testMigrations(database));
  describe('concurrency', () => testConcurrency(database));
  describe('summaries', () => testSummary(database));
  describe('query plans', () => testQueryPlans(database));
}
