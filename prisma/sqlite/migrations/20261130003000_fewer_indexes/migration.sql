-- Each index is written with every operation: only what is asked all the time has one, and has only the rows that are
-- looked for.
DROP INDEX "staging_operations_method_id_created_at_idx";
DROP INDEX "staging_operations_method_username_id_created_at_idx";
DROP INDEX "staging_operations_status_method_id_created_at_idx";
DROP INDEX "staging_operations_status_method_username_id_created_at_idx";
DROP INDEX "staging_operations_bytes_total_id_idx";
DROP INDEX "staging_operations_duration_ms_id_idx";
DROP INDEX "staging_operations_abort_requested_at_idx";
DROP INDEX "staging_operations_status_id_created_at_idx";
DROP INDEX "staging_operations_username_id_created_at_idx";
DROP INDEX "staging_operations_status_username_id_created_at_idx";
DROP INDEX "staging_operations_status_worker_id_created_at_idx";
DROP INDEX "staging_operations_data_state_id_created_at_idx";
DROP INDEX "staging_operations_data_state_username_id_created_at_idx";
DROP INDEX "staging_operations_batch_idx";
DROP INDEX "staging_operations_target_key_id_idx";
DROP INDEX "staging_operations_expires_at_id_idx";
DROP INDEX "staging_operations_rule_id_status_removed_at_id_idx";
DROP INDEX "staging_operations_idempotency_hash_key";
DROP INDEX "staging_operations_reserved_on_reservation_number_key";

-- CreateIndex
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
