-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "abort_requested_at" DATETIME;
