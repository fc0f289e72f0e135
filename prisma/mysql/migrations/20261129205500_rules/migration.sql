-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `replicate` INTEGER NULL,
    ADD COLUMN `rule_id` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `waiting_for` VARCHAR(2000) NULL,
    ADD INDEX `staging_operations_rule_id_status_removed_at_id_idx`(`rule_id`, `status`, `removed_at`, `id`);
