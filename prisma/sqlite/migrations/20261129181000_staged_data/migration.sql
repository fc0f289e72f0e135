-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "target_etag" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "lifetime_seconds" INTEGER;
ALTER TABLE "staging_operations" ADD COLUMN "expires_at" DATETIME;
ALTER TABLE "staging_operations" ADD COLUMN "expiry_warned_at" DATETIME;
ALTER TABLE "staging_operations" ADD COLUMN "removed_at" DATETIME;
ALTER TABLE "staging_operations" ADD COLUMN "removed_by" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "removal_reason" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "removal_worker" TEXT;

-- CreateIndex
CREATE INDEX "staging_operations_expires_at_id_idx" ON "staging_operations"("expires_at", "id");
