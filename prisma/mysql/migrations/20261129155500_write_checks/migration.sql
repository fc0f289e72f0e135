-- CreateTable
CREATE TABLE `write_checks` (
    `id` INTEGER NOT NULL,
    `checked_at` DATETIME(3) NOT NULL,
    PRIMARY KEY (`id`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO `write_checks` (`id`, `checked_at`) VALUES (1, '2026-01-01 00:00:00.000');
