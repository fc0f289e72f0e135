import { describe } from '@jest/globals';
import { testBatches } from './batches.ts';
import { testBatchPlans } from './batchPlans.ts';
import { testChanges } from './changes.ts';
import { testConcurrency } from './concurrency.ts';
import type { DatabaseUnderTest } from './databaseUnderTest.ts';
import { testHostileTexts } from './hostileTexts.ts';
import { testInterrupted } from './interrupted.ts';
import { testLifecycle } from './lifecycle.ts';
import { testLists } from './lists.ts';
import { testMigrations } from './migrations.ts';
import { testQueryPlans } from './queryPlans.ts';
import { testQueue } from './queue.ts';
import { testRemovals } from './removals.ts';
import { testReservations } from './reservations.ts';
import { testRules } from './rules.ts';
import { testSortedLists } from './sortedLists.ts';
import { testSummary } from './summary.ts';

/** What every database of the operation record promises. */
export function testOperationRepository(database: DatabaseUnderTest): void {
  describe('the life of an operation', () => testLifecycle(database));
  describe('changes', () => testChanges(database));
  describe('lists', () => testLists(database));
  describe('sorted lists', () => testSortedLists(database));
  describe('hostile texts', () => testHostileTexts(database));
  describe('interrupted operations', () => testInterrupted(database));
  describe('batches', () => testBatches(database));
  describe('query plans of batches', () => testBatchPlans(database));
  describe('removals', () => testRemovals(database));
  describe('rules at Rucio', () => testRules(database));
  describe('reservations', () => testReservations(database));
  describe('operations in the queue', () => testQueue(database));
  describe('migrations', () => testMigrations(database));
  describe('concurrency', () => testConcurrency(database));
  describe('summaries', () => testSummary(database));
  describe('query plans', () => testQueryPlans(database));
}
