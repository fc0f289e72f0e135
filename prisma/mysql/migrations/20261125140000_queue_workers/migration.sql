-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `worker_deaths` INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX `staging_operations_status_worker_id_created_at_idx` ON `staging_operations`(`status`, `worker`, `id`, `created_at`);
