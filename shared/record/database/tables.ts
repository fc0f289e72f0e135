import type { Prisma, SourceDigests, StagingBatch, StagingOperation } from './generated/sqlite/client.ts';

/** A row of `staging_operations` as Prisma reads it; the same for every database, as the models are written once. */
export type OperationRow = StagingOperation;

/** A row of `batches`. */
export type BatchRow = StagingBatch;

export type BatchConditions = Prisma.StagingBatchWhereInput;

export type BatchChanges = Prisma.StagingBatchUpdateManyMutationInput;

export type OperationConditions = Prisma.StagingOperationWhereInput;

export type OperationChanges = Prisma.StagingOperationUpdateManyMutationInput;

interface RowQuery<Conditions, Key extends string = 'id'> {
  readonly where: Conditions;
  readonly orderBy: Readonly<Record<Key, 'asc' | 'desc'>>;
  readonly take: number;
}

/**
 * What the record uses of a Prisma client. The clients generated for SQLite and for MySQL are different types; both fit
 * this one. Each call here is one statement: Prisma's `create` and `update` would be transactions of several on MySQL.
 */
export interface OperationDatabase {
  readonly stagingOperation: {
    createMany(query: { readonly data: OperationRow }): Promise<unknown>;
    updateMany(query: {
      readonly where: OperationConditions;
      readonly data: OperationChanges;
    }): Promise<{ readonly count: number }>;
    findUnique(query: { readonly where: { readonly id: string } }): Promise<OperationRow | null>;
    findMany(query: RowQuery<OperationConditions>): Promise<OperationRow[]>;
  };
  readonly stagingBatch: {
    createMany(query: { readonly data: BatchRow }): Promise<unknown>;
    updateMany(query: {
      readonly where: BatchConditions;
      readonly data: BatchChanges;
    }): Promise<{ readonly count: number }>;
    findUnique(query: { readonly where: { readonly id: string } }): Promise<BatchRow | null>;
    findMany(query: RowQuery<BatchConditions>): Promise<BatchRow[]>;
  };
  readonly sourceDigests: {
    createMany(query: { readonly data: SourceDigests }): Promise<unknown>;
    updateMany(query: {
      readonly where: { readonly version: string };
      readonly data: Partial<SourceDigests>;
    }): Promise<unknown>;
    findMany(query: RowQuery<{ readonly version: string }, 'version'>): Promise<SourceDigests[]>;
  };
  $queryRawUnsafe(sql: string, ...values: unknown[]): Promise<unknown>;
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
  /** Like `$executeRawUnsafe`, for what need not survive a power cut; only where that is cheaper. */
  executePassing?(sql: string, ...values: (string | number)[]): Promise<number>;
  $disconnect(): Promise<void>;
}

/**
 * The options of every Prisma client. Its plan cache keeps our statements with all their values, and those of batches
 * have thousands: a thousand plans, the default, could be hundreds of megabytes. We have some dozens of other
 * statements.
 */
export const clientOptions = { queryPlanCacheMaxSize: 50 } as const;
