-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "expected_sha256" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "expected_adler32" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "expected_md5" TEXT;
