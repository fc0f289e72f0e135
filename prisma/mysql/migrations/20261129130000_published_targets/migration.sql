-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `target_key` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD INDEX `staging_operations_target_key_id_idx`(`target_key`, `id`);
