-- CreateTable
CREATE TABLE `source_digests` (
    `version` VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `sha256` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    `adler32` CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
    `md5` CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
    PRIMARY KEY (`version`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- AlterTable
ALTER TABLE `staging_operations` DROP INDEX `staging_operations_source_etag_id_created_at_idx`,
    ADD COLUMN `target_inode` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;
