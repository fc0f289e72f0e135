-- Each index is written with every operation: only what is asked all the time has one. Online: nobody waits for it.
ALTER TABLE `staging_operations`
    DROP INDEX `staging_operations_method_id_created_at_idx`,
    DROP INDEX `staging_operations_method_username_id_created_at_idx`,
    DROP INDEX `staging_operations_status_method_id_created_at_idx`,
    DROP INDEX `staging_operations_status_method_username_id_created_at_idx`,
    DROP INDEX `staging_operations_bytes_total_id_idx`,
    DROP INDEX `staging_operations_duration_ms_id_idx`,
    DROP INDEX `staging_operations_abort_requested_at_idx`;
