-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "range_requests" INTEGER;
