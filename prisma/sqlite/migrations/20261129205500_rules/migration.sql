-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "replicate" INTEGER;
ALTER TABLE "staging_operations" ADD COLUMN "rule_id" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "waiting_for" TEXT;

-- CreateIndex
CREATE INDEX "staging_operations_rule_id_status_removed_at_id_idx" ON "staging_operations"("rule_id", "status", "removed_at", "id");
