-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "updated_at" DATETIME;
ALTER TABLE "staging_operations" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "staging_operations_updated_at_id_revision_idx" ON "staging_operations"("updated_at", "id", "revision");
