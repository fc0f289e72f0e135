-- What the record knows of the data that an operation has staged. The database keeps it equal to what it is made of.
ALTER TABLE `staging_operations` ADD COLUMN `data_state` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin
    GENERATED ALWAYS AS (CASE
        WHEN `status` <> 'COMPLETED' OR `outcome` IS NULL OR `outcome` <> 'staged' THEN NULL
        WHEN `method` IS NULL OR `method` NOT IN ('local_copy', 'symlink_copy') OR `dataset_role` = 'item' THEN NULL
        WHEN `removed_at` IS NULL THEN 'present'
        WHEN `removal_reason` = 'lifetime' THEN 'expired'
        ELSE 'removed' END) VIRTUAL;

-- CreateIndex
CREATE INDEX `staging_operations_data_state_id_created_at_idx` ON `staging_operations`(`data_state`, `id`, `created_at`);

-- CreateIndex
CREATE INDEX `staging_operations_data_state_username_id_created_at_idx` ON `staging_operations`(`data_state`, `username`, `id`, `created_at`);
