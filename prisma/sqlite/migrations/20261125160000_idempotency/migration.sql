-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "location" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "idempotency_hash" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "staging_operations_idempotency_hash_key" ON "staging_operations"("idempotency_hash");
