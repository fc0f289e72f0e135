-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `location` TEXT NULL,
    ADD COLUMN `idempotency_hash` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD UNIQUE INDEX `staging_operations_idempotency_hash_key`(`idempotency_hash`);
