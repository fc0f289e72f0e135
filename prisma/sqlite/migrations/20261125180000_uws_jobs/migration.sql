-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "run_id" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "destruction_at" DATETIME;
