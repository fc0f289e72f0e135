/**
 * How every Prisma client is made. Its cache holds statements of ours with all their values, and those of batches have
 * thousands: a thousand plans, the default, could be hundreds of megabytes. We have some dozens of other statements.
 */
export const clientOptions = { queryPlanCacheMaxSize: 50 } as const;
