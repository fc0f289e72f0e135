-- CreateTable
CREATE TABLE `batches` (
    `id` CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `method` VARCHAR(64) NULL,
    `username` VARCHAR(255) NULL,
    `phase` VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    `all_or_nothing` BOOLEAN NOT NULL DEFAULT false,
    `directory` TEXT NULL,
    `relative_path` TEXT NULL,
    `operations_total` INTEGER NOT NULL DEFAULT 0,
    `completed` INTEGER NOT NULL DEFAULT 0,
    `failed` INTEGER NOT NULL DEFAULT 0,
    `aborted` INTEGER NOT NULL DEFAULT 0,
    `already_present` INTEGER NOT NULL DEFAULT 0,
    `bytes_total` BIGINT NOT NULL DEFAULT 0,
    `bytes_done` BIGINT NOT NULL DEFAULT 0,
    `error_code` VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL,
    `error_reason` TEXT NULL,
    `request_id` VARCHAR(255) NULL,
    `worker` VARCHAR(255) NULL,
    `heartbeat_at` DATETIME(3) NULL,
    `created_at` DATETIME(3) NOT NULL,
    `finished_at` DATETIME(3) NULL,

    INDEX `batches_phase_id_created_at_idx`(`phase`, `id`, `created_at`),
    INDEX `batches_username_id_created_at_idx`(`username`, `id`, `created_at`),
    PRIMARY KEY (`id`)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- AlterTable
ALTER TABLE `staging_operations` ADD COLUMN `dataset_role` VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NULL;

-- CreateIndex
CREATE INDEX `staging_operations_batch_idx` ON `staging_operations`(`batch_id`, `status`, `id`, `outcome`, `bytes_total`, `bytes_done`);
