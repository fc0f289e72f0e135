-- CreateTable
CREATE TABLE "write_checks" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "checked_at" DATETIME NOT NULL
);

INSERT INTO "write_checks" ("id", "checked_at") VALUES (1, '2026-01-01T00:00:00.000+00:00');
