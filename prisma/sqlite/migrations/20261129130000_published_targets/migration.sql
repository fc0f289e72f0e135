-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "target_key" TEXT;

-- CreateIndex
CREATE INDEX "staging_operations_target_key_id_idx" ON "staging_operations"("target_key", "id");
