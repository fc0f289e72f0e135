-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `run_id` VARCHAR(255) NULL,
    ADD COLUMN `destruction_at` DATETIME(3) NULL;
