-- CreateTable
CREATE TABLE `accounts` (
    `issuer` VARCHAR(255) NOT NULL,
    `subject` VARCHAR(255) NOT NULL,
    `username` VARCHAR(255) NOT NULL,
    `created_at` DATETIME(3) NOT NULL,

    UNIQUE INDEX `accounts_username_key`(`username`),
    PRIMARY KEY (`issuer`, `subject`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `actor` VARCHAR(255) NULL,
    ADD COLUMN `token_of` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- AlterTable
ALTER TABLE `batches` ADD COLUMN `actor` VARCHAR(255) NULL;
