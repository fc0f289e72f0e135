-- CreateTable
CREATE TABLE "sessions" (
    "secret_hash" TEXT NOT NULL PRIMARY KEY,
    "account" TEXT NOT NULL,
    "path" TEXT,
    "used_at" DATETIME NOT NULL,
    "expires_at" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");
