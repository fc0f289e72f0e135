-- CreateIndex
CREATE INDEX "staging_operations_status_username_id_created_at_idx" ON "staging_operations"("status", "username", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_method_username_id_created_at_idx" ON "staging_operations"("method", "username", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_status_method_id_created_at_idx" ON "staging_operations"("status", "method", "id", "created_at");

-- CreateIndex
CREATE INDEX "staging_operations_status_method_username_id_created_at_idx" ON "staging_operations"("status", "method", "username", "id", "created_at");
