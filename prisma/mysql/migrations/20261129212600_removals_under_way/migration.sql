-- CreateIndex
CREATE INDEX `staging_operations_removal_worker_id_idx` ON `staging_operations`(`removal_worker`, `id`);
