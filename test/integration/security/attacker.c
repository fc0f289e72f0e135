/*
 * A user with a shell, who lies in wait in a folder of their own and acts on whatever appears there, as fast as a
 * program can. Names that begin with "_" are the user's own: "_bait.<number>" is what is put in the place of others.
 *
 *   attacker exchange   exchanges each name with a bait, and back
 *   attacker take       moves each file away, and puts a link to "_own" in its place
 *   attacker remove     removes each folder, or moves it away
 *   attacker write      opens each file for writing, also in folders, and writes into it
 *   attacker occupy     exchanges the service's workspace with a folder of its own, and forges what is made in there
 *
 * It ends with SIGTERM, and then says how often it has done so.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile sig_atomic_t isOver;
static unsigned long done, lost;
static int bait;
static struct stat own;

static void end(int number) {
  (void)number;
  isOver = 1;
}

/** What could not be exchanged back stays as "_stolen.<number>", and the next bait is taken. */
static void loseBait(const char *baitName) {
  char stolen[300];
  snprintf(stolen, sizeof stolen, "_stolen.%d", bait);
  rename(baitName, stolen);
  bait += 1;
  lost += 1;
}

static void exchange(const char *name) {
  char baitName[300];
  snprintf(baitName, sizeof baitName, "_bait.%d", bait);
  if (renameat2(AT_FDCWD, name, AT_FDCWD, baitName, RENAME_EXCHANGE) != 0) return;
  done += 1;
  if (renameat2(AT_FDCWD, name, AT_FDCWD, baitName, RENAME_EXCHANGE) != 0) loseBait(baitName);
}

static void take(const char *name) {
  struct stat found;
  char taken[300];
  if (lstat(name, &found) != 0 || found.st_ino == own.st_ino) return;
  snprintf(taken, sizeof taken, "_taken.%s", name);
  if (renameat2(AT_FDCWD, name, AT_FDCWD, taken, RENAME_NOREPLACE) != 0) return;
  link("_own", name);
  done += 1;
}

static void removeFolder(const char *name) {
  char moved[300];
  struct stat found;
  if (lstat(name, &found) != 0 || !S_ISDIR(found.st_mode)) return;
  snprintf(moved, sizeof moved, "_moved.%s.%lu", name, done);
  if (rmdir(name) == 0 || rename(name, moved) == 0) done += 1;
}

static void writeInto(int folder, const char *name) {
  int file = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return;
  if (write(file, "written by somebody else", 24) > 0) done += 1;
  close(file);
}

static void writeBelow(const char *name) {
  writeInto(AT_FDCWD, name);
  int folder = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (folder < 0) return;
  writeInto(folder, "file");
  close(folder);
}

static void forEachName(const char *folderName, void (*act)(const char *)) {
  DIR *folder = opendir(folderName);
  char path[600];
  if (!folder) return;
  for (struct dirent *entry = readdir(folder); entry && !isOver; entry = readdir(folder)) {
    const char *name = entry->d_name;
    if (name[0] == '_' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) continue;
    snprintf(path, sizeof path, "%s/%s", folderName, name);
    act(strcmp(folderName, ".") == 0 ? name : path);
  }
  closedir(folder);
}

static void forge(const char *part) {
  link("_own", "_forged");
  if (rename("_forged", part) == 0) done += 1;
}

/** A folder of the attacker's own, which others can write, in the place of that of an operation. */
static void forgeIn(const char *operation) {
  char ownFolder[700];
  const char *name = strrchr(operation, '/');
  snprintf(ownFolder, sizeof ownFolder, "%.*s/_folder", (int)(name - operation), operation);
  mkdir(ownFolder, 0777);
  renameat2(AT_FDCWD, operation, AT_FDCWD, ownFolder, RENAME_EXCHANGE);
  forEachName(operation, forge);
}

static void occupy(void) {
  mkdir("_staging", 0777);
  if (renameat2(AT_FDCWD, ".staging", AT_FDCWD, "_staging", RENAME_EXCHANGE) == 0) done += 1;
  forEachName(".staging", forgeIn);
  forEachName("_staging", forgeIn);
}

int main(int count, char **arguments) {
  const char *action = count > 1 ? arguments[1] : "";
  signal(SIGTERM, end);
  lstat("_own", &own);
  puts("ready");
  fflush(stdout);
  while (!isOver) {
    unsigned long before = done;
    if (strcmp(action, "exchange") == 0) forEachName(".", exchange);
    else if (strcmp(action, "take") == 0) forEachName(".", take);
    else if (strcmp(action, "remove") == 0) forEachName(".", removeFolder);
    else if (strcmp(action, "write") == 0) forEachName(".", writeBelow);
    else if (strcmp(action, "occupy") == 0) occupy();
    else return 2;
    /* Others need the processor to make something. */
    if (done == before) usleep(20);
  }
  printf("{\"done\":%lu,\"lost\":%lu}\n", done, lost);
  return 0;
}
