-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "reserved_bytes" BIGINT;
ALTER TABLE "staging_operations" ADD COLUMN "reserved_on" TEXT;
ALTER TABLE "staging_operations" ADD COLUMN "reservation_number" BIGINT;

-- CreateIndex
CREATE UNIQUE INDEX "staging_operations_reserved_on_reservation_number_key" ON "staging_operations"("reserved_on", "reservation_number");
