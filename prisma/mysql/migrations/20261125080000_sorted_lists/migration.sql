-- How long the last attempt took, for operations of any age. The database keeps it equal to the times that it is made of.
ALTER TABLE `staging_operations` ADD COLUMN `duration_ms` BIGINT
    GENERATED ALWAYS AS (TIMESTAMPDIFF(MICROSECOND, `started_at`, `finished_at`) DIV 1000) VIRTUAL;

-- CreateIndex
CREATE INDEX `staging_operations_bytes_total_id_idx` ON `staging_operations`(`bytes_total`, `id`);

-- CreateIndex
CREATE INDEX `staging_operations_duration_ms_id_idx` ON `staging_operations`(`duration_ms`, `id`);
