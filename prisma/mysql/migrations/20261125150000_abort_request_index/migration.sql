-- CreateIndex
CREATE INDEX `staging_operations_abort_requested_at_idx` ON `staging_operations`(`abort_requested_at`);
