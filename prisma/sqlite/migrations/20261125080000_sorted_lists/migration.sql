-- How long the last attempt took, for operations of any age. The database keeps it equal to the times that it is made of.
ALTER TABLE "staging_operations" ADD COLUMN "duration_ms" BIGINT
    GENERATED ALWAYS AS (CAST(ROUND((JULIANDAY("finished_at") - JULIANDAY("started_at")) * 86400000) AS INTEGER)) VIRTUAL;

-- CreateIndex
CREATE INDEX "staging_operations_bytes_total_id_idx" ON "staging_operations"("bytes_total", "id");

-- CreateIndex
CREATE INDEX "staging_operations_duration_ms_id_idx" ON "staging_operations"("duration_ms", "id");
