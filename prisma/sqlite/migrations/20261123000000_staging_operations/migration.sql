-- CreateTable
CREATE TABLE "staging_operations" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "local_path_on_storage" TEXT,
    "relative_path" TEXT,
    "status" TEXT NOT NULL,
    "outcome" TEXT,
    "method" TEXT,
    "username" TEXT,
    "error_code" TEXT,
    "error_reason" TEXT,
    "batch_id" TEXT,
    "idempotency_key" TEXT,
    "request_id" TEXT,
    "bytes_total" BIGINT,
    "bytes_done" BIGINT NOT NULL DEFAULT 0,
    "files_total" BIGINT,
    "files_done" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "adler32" TEXT,
    "md5" TEXT,
    "source_etag" TEXT,
    "link_type" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT,
    "heartbeat_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "started_at" DATETIME,
    "finished_at" DATETIME
);

-- CreateIndex
CREATE INDEX "staging_operations_status_id_created_at_idx" ON "staging_operations"("status", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_method_id_created_at_idx" ON "staging_operations"("method", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_username_id_created_at_idx" ON "staging_operations"("username", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_source_etag_id_created_at_idx" ON "staging_operations"("source_etag", "id", "created_at");
