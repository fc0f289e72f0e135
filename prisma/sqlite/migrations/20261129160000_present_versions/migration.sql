-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "present" TEXT;
