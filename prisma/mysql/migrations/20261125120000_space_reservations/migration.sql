-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `reserved_bytes` BIGINT NULL,
    ADD COLUMN `reserved_on` VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `reservation_number` BIGINT NULL,
    ADD UNIQUE INDEX `staging_operations_reserved_on_reservation_number_key`(`reserved_on`, `reservation_number`);
