-- CreateTable
CREATE TABLE "batches" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "method" TEXT,
    "username" TEXT,
    "phase" TEXT NOT NULL,
    "all_or_nothing" BOOLEAN NOT NULL DEFAULT false,
    "directory" TEXT,
    "relative_path" TEXT,
    "operations_total" INTEGER NOT NULL DEFAULT 0,
    "completed" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "aborted" INTEGER NOT NULL DEFAULT 0,
    "already_present" INTEGER NOT NULL DEFAULT 0,
    "bytes_total" BIGINT NOT NULL DEFAULT 0,
    "bytes_done" BIGINT NOT NULL DEFAULT 0,
    "error_code" TEXT,
    "error_reason" TEXT,
    "request_id" TEXT,
    "worker" TEXT,
    "heartbeat_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "finished_at" DATETIME
);

-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "dataset_role" TEXT;

-- CreateIndex
CREATE INDEX "batches_phase_id_created_at_idx" ON "batches"("phase", "id", "created_at");

-- CreateIndex
CREATE INDEX "batches_username_id_created_at_idx" ON "batches"("username", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_batch_idx" ON "staging_operations"("batch_id", "status", "id", "outcome", "bytes_total", "bytes_done");
