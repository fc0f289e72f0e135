-- CreateTable
CREATE TABLE "source_digests" (
    "version" TEXT NOT NULL PRIMARY KEY,
    "sha256" TEXT,
    "adler32" TEXT,
    "md5" TEXT
);

-- DropIndex
DROP INDEX "staging_operations_source_etag_id_created_at_idx";

-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "target_inode" TEXT;
