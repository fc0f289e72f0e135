-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `source_location` TEXT NULL;
