-- CreateTable
CREATE TABLE `sessions` (
    `secret_hash` CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `account` TEXT NOT NULL,
    `path` TEXT NULL,
    `used_at` DATETIME(3) NOT NULL,
    `expires_at` DATETIME(3) NOT NULL,

    INDEX `sessions_expires_at_idx`(`expires_at`),
    PRIMARY KEY (`secret_hash`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
