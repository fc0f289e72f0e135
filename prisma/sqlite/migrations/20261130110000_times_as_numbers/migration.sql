-- Smaller rows: times as milliseconds since 1970 instead of texts of 29 letters, target keys of 128 bits, and no separate
-- index of the ids. The table is made anew, because SQLite cannot change columns. It refuses times as texts: an older
-- version that still ran on this file would write them.
CREATE TABLE "staging_operations_new" (
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
    "actor" TEXT,
    "token_of" TEXT,
    "bytes_total" BIGINT,
    "bytes_done" BIGINT NOT NULL DEFAULT 0,
    "files_total" BIGINT,
    "files_done" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "adler32" TEXT,
    "md5" TEXT,
    "source_etag" TEXT,
    "present" TEXT,
    "source_location" TEXT,
    "range_requests" INTEGER,
    "link_type" TEXT,
    "target_inode" TEXT,
    "target_key" TEXT,
    "target_etag" TEXT,
    "lifetime_seconds" INTEGER,
    "expires_at" DATETIME,
    "expiry_warned_at" DATETIME,
    "removed_at" DATETIME,
    "removed_by" TEXT,
    "removal_reason" TEXT,
    "removal_worker" TEXT,
    "replicate" INTEGER,
    "rule_id" TEXT,
    "waiting_for" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "worker" TEXT,
    "heartbeat_at" DATETIME,
    "created_at" DATETIME NOT NULL,
    "started_at" DATETIME,
    "finished_at" DATETIME,
    "abort_requested_at" DATETIME,
    "reserved_bytes" BIGINT,
    "reserved_on" TEXT,
    "reservation_number" BIGINT,
    "expected_sha256" TEXT,
    "expected_adler32" TEXT,
    "expected_md5" TEXT,
    "dataset_role" TEXT,
    "location" TEXT,
    "idempotency_hash" TEXT,
    "run_id" TEXT,
    "destruction_at" DATETIME,
    "updated_at" DATETIME,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "worker_deaths" INTEGER NOT NULL DEFAULT 0,
    "duration_ms" BIGINT GENERATED ALWAYS AS ("finished_at" - "started_at") VIRTUAL,
    "data_state" TEXT GENERATED ALWAYS AS (CASE
        WHEN "status" <> 'COMPLETED' OR "outcome" IS NULL OR "outcome" <> 'staged' THEN NULL
        WHEN "method" IS NULL OR "method" NOT IN ('local_copy', 'symlink_copy') OR "dataset_role" = 'item' THEN NULL
        WHEN "removed_at" IS NULL THEN 'present'
        WHEN "removal_reason" = 'lifetime' THEN 'expired'
        ELSE 'removed' END) VIRTUAL,
    CHECK (TYPEOF("created_at") = 'integer' AND TYPEOF("updated_at") IN ('integer', 'null'))
) WITHOUT ROWID;

INSERT INTO "staging_operations_new" (
    "id", "local_path_on_storage", "relative_path", "status", "outcome", "method", "username", "error_code",
    "error_reason", "batch_id", "idempotency_key", "request_id", "actor", "token_of", "bytes_total", "bytes_done",
    "files_total", "files_done", "sha256", "adler32", "md5", "source_etag", "present", "source_location",
    "range_requests", "link_type", "target_inode", "target_key", "target_etag", "lifetime_seconds", "expires_at",
    "expiry_warned_at", "removed_at", "removed_by", "removal_reason", "removal_worker", "replicate", "rule_id",
    "waiting_for", "attempts", "worker", "heartbeat_at", "created_at", "started_at", "finished_at",
    "abort_requested_at", "reserved_bytes", "reserved_on", "reservation_number", "expected_sha256",
    "expected_adler32", "expected_md5", "dataset_role", "location", "idempotency_hash", "run_id", "destruction_at",
    "updated_at", "revision", "worker_deaths"
) SELECT
    "id", "local_path_on_storage", "relative_path", "status", "outcome", "method", "username", "error_code",
    "error_reason", "batch_id", "idempotency_key", "request_id", "actor", "token_of", "bytes_total", "bytes_done",
    "files_total", "files_done", "sha256", "adler32", "md5", "source_etag", "present", "source_location",
    "range_requests", "link_type", "target_inode", SUBSTR("target_key", 1, 32), "target_etag", "lifetime_seconds",
    CAST(ROUND((JULIANDAY("expires_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("expiry_warned_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("removed_at") - 2440587.5) * 86400000) AS INTEGER), "removed_by", "removal_reason",
    "removal_worker", "replicate", "rule_id", "waiting_for", "attempts", "worker",
    CAST(ROUND((JULIANDAY("heartbeat_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("created_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("started_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("finished_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("abort_requested_at") - 2440587.5) * 86400000) AS INTEGER), "reserved_bytes", "reserved_on",
    "reservation_number", "expected_sha256", "expected_adler32", "expected_md5", "dataset_role", "location",
    "idempotency_hash", "run_id", CAST(ROUND((JULIANDAY("destruction_at") - 2440587.5) * 86400000) AS INTEGER),
    CAST(ROUND((JULIANDAY("updated_at") - 2440587.5) * 86400000) AS INTEGER), "revision", "worker_deaths"
FROM "staging_operations" ORDER BY "id";

DROP TABLE "staging_operations";
ALTER TABLE "staging_operations_new" RENAME TO "staging_operations";

-- CreateIndex
CREATE INDEX "staging_operations_updated_at_id_revision_idx" ON "staging_operations"("updated_at", "id", "revision");
CREATE INDEX "staging_operations_removal_worker_id_idx" ON "staging_operations"("removal_worker", "id")
    WHERE "removal_worker" IS NOT NULL;
CREATE INDEX "staging_operations_status_id_idx" ON "staging_operations"("status", "id")
    WHERE "status" <> 'COMPLETED';
CREATE INDEX "staging_operations_username_id_idx" ON "staging_operations"("username", "id");
CREATE INDEX "staging_operations_status_username_id_idx" ON "staging_operations"("status", "username", "id")
    WHERE "status" <> 'COMPLETED';
CREATE INDEX "staging_operations_status_worker_id_idx" ON "staging_operations"("status", "worker", "id")
    WHERE "status" <> 'COMPLETED';
CREATE INDEX "staging_operations_data_state_id_idx" ON "staging_operations"("data_state", "id")
    WHERE "data_state" IS NOT NULL;
CREATE INDEX "staging_operations_data_state_username_id_idx" ON "staging_operations"("data_state", "username", "id")
    WHERE "data_state" IS NOT NULL;
CREATE INDEX "staging_operations_batch_idx" ON "staging_operations"("batch_id", "status", "id", "outcome", "bytes_total", "bytes_done")
    WHERE "batch_id" IS NOT NULL;
CREATE INDEX "staging_operations_target_key_id_idx" ON "staging_operations"("target_key", "id")
    WHERE "target_key" IS NOT NULL;
CREATE INDEX "staging_operations_expires_at_id_idx" ON "staging_operations"("expires_at", "id")
    WHERE "expires_at" IS NOT NULL;
CREATE INDEX "staging_operations_rule_id_status_removed_at_id_idx" ON "staging_operations"("rule_id", "status", "removed_at", "id")
    WHERE "rule_id" IS NOT NULL;
CREATE UNIQUE INDEX "staging_operations_idempotency_hash_key" ON "staging_operations"("idempotency_hash")
    WHERE "idempotency_hash" IS NOT NULL;
CREATE UNIQUE INDEX "staging_operations_reserved_on_reservation_number_key" ON "staging_operations"("reserved_on", "reservation_number")
    WHERE "reserved_on" IS NOT NULL;

UPDATE "batches" SET
    "heartbeat_at" = CAST(ROUND((JULIANDAY("heartbeat_at") - 2440587.5) * 86400000) AS INTEGER),
    "created_at" = CAST(ROUND((JULIANDAY("created_at") - 2440587.5) * 86400000) AS INTEGER),
    "finished_at" = CAST(ROUND((JULIANDAY("finished_at") - 2440587.5) * 86400000) AS INTEGER);
UPDATE "accounts" SET
    "created_at" = CAST(ROUND((JULIANDAY("created_at") - 2440587.5) * 86400000) AS INTEGER);
UPDATE "sessions" SET
    "used_at" = CAST(ROUND((JULIANDAY("used_at") - 2440587.5) * 86400000) AS INTEGER),
    "expires_at" = CAST(ROUND((JULIANDAY("expires_at") - 2440587.5) * 86400000) AS INTEGER);
UPDATE "write_checks" SET
    "checked_at" = CAST(ROUND((JULIANDAY("checked_at") - 2440587.5) * 86400000) AS INTEGER);
