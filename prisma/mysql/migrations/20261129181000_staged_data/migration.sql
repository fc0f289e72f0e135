-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `target_etag` VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `lifetime_seconds` INTEGER NULL,
    ADD COLUMN `expires_at` DATETIME(3) NULL,
    ADD COLUMN `expiry_warned_at` DATETIME(3) NULL,
    ADD COLUMN `removed_at` DATETIME(3) NULL,
    ADD COLUMN `removed_by` VARCHAR(255) NULL,
    ADD COLUMN `removal_reason` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `removal_worker` VARCHAR(255) NULL,
    ADD INDEX `staging_operations_expires_at_id_idx`(`expires_at`, `id`);
