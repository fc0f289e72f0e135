-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `present` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL;
