-- CreateTable
CREATE TABLE "accounts" (
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("issuer", "subject")
);

-- CreateIndex
CREATE UNIQUE INDEX "accounts_username_key" ON "accounts"("username");

-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "actor" TEXT;

-- AlterTable
ALTER TABLE "staging_operations" ADD COLUMN "token_of" TEXT;

-- AlterTable
ALTER TABLE "batches" ADD COLUMN "actor" TEXT;
