-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `expected_sha256` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `expected_adler32` CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN `expected_md5` CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL;
