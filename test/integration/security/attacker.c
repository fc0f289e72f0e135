/*
 * A user with a shell in their own user area, who works against the service: runs one attack in a loop, in the current
 * directory, until it is killed. Whatever it should not be able to do it reports on standard output.
 *
 *   attacker exchange BAIT...   puts links to the baits in the place of everything that appears here
 *   attacker parts BAIT...      puts hard links to the baits in the place of hidden files, which may be in the making
 *   attacker folders BAIT...    puts links to the baits in the place of the folders on the way to targets
 *   attacker replace            puts files of its own in the place of everything that appears here
 *   attacker write              opens everything that appears here for writing
 *   attacker forge BAIT...      makes what the service itself might have left here
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const places[] = {".", "way", "way/deep"};
static char **baits;
static int bait_count;
static unsigned turn;

static int is_mine(const char *name) {
  return !strcmp(name, ".") || !strcmp(name, "..") || !strncmp(name, "trick", 5) || !strncmp(name, "own", 3);
}

/* Makes a link to one of the baits, or a file or folder of our own, with this name. */
static void make_trick(const char *name) {
  const char *bait = baits[turn % bait_count];
  switch (turn++ % 4) {
  case 0:
    if (link(bait, name) == 0) return;
    /* fall through */
  case 1:
    if (symlink(bait, name) == 0) return;
    /* fall through */
  case 2: {
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd >= 0 && write(fd, "forged", 6) == 6) close(fd);
    return;
  }
  default:
    mkdir(name, 0777);
  }
}

static void remove_trick(const char *name) {
  if (unlink(name) != 0) rmdir(name);
}

/* The folders on the way are put back, so that requests get on: a way that stays blocked is refused at once. */
static int is_way(const char *name) {
  const char *last = strrchr(name, '/');
  last = last ? last + 1 : name;
  return !strcmp(last, "way") || !strcmp(last, "deep");
}

static void exchange(const char *name) {
  char trick[64];
  snprintf(trick, sizeof trick, "trick-%u", turn);
  make_trick(trick);
  if (renameat2(AT_FDCWD, trick, AT_FDCWD, name, RENAME_EXCHANGE) == 0 && (turn % 3 == 0 || is_way(name)))
    renameat2(AT_FDCWD, trick, AT_FDCWD, name, RENAME_EXCHANGE);
  if (turn % 5 == 0 && !is_way(name)) rename(trick, name);
  remove_trick(trick);
}

static void exchange_part(const char *name) {
  const char *last = strrchr(name, '/');
  if (!strstr(last ? last + 1 : name, ".part")) return;
  char trick[64];
  snprintf(trick, sizeof trick, "trick-%u", turn++);
  if (link(baits[turn % 3], trick) != 0) return;
  renameat2(AT_FDCWD, trick, AT_FDCWD, name, turn % 2 ? RENAME_EXCHANGE : 0);
  unlink(trick);
}

static void replace(const char *name) {
  char trick[64];
  snprintf(trick, sizeof trick, "trick-%u", turn++);
  int fd = open(trick, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (fd < 0) return;
  if (write(fd, "forged", 6) != 6) puts("could not write");
  close(fd);
  if (turn % 2) unlink(name);
  rename(trick, name);
}

static void open_for_writing(const char *name) {
  int fd = open(name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return;
  struct stat found;
  fstat(fd, &found);
  printf("could write to %s (%o)\n", name, found.st_mode & 07777);
  fflush(stdout);
  if (write(fd, "forged", 6) != 6) puts("but could not");
  close(fd);
}

static void for_each_entry(const char *place, void (*attack)(const char *)) {
  DIR *folder = opendir(place);
  if (!folder) return;
  for (struct dirent *entry; (entry = readdir(folder));) {
    char path[4096];
    if (is_mine(entry->d_name)) continue;
    snprintf(path, sizeof path, "%s/%s", place, entry->d_name);
    attack(path);
  }
  closedir(folder);
}

static void attack_folders(void) {
  const char *const ways[] = {"way", "way/deep"};
  const char *way = ways[turn % 2];
  char trick[64];
  snprintf(trick, sizeof trick, "trick-way-%u", turn);
  switch (turn % 3) {
  case 0:
    exchange(way);
    break;
  case 1: /* moved away, a link in its place for a moment, and back */
    if (rename(way, trick) != 0) break;
    if (symlink(baits[turn % bait_count], way) == 0) unlink(way);
    rename(trick, way);
    break;
  default:
    rmdir(way);
    mkdir(way, 0777);
  }
  turn++;
}

static void forge(void) {
  char name[128];
  mkdir(".staging", 0777);
  if (opendir("../.staging")) puts("could open the service's workspace"), fflush(stdout);
  for (int attempt = 1; attempt < 3; attempt++) {
    const char *const forms[] = {".staging/%s", ".copy-%u.00000000-0000-7000-8000-000000000000.part",
                                 ".staging/00000000-0000-7000-8000-00000000%04u", "%u.1.checkpoints"};
    for (int form = 0; form < 4; form++) {
      if (form == 0) snprintf(name, sizeof name, forms[0], "1.part");
      else snprintf(name, sizeof name, forms[form], turn % 100);
      if (symlink(baits[turn % bait_count], name) != 0 && turn % 7 == 0) remove_trick(name);
      turn++;
    }
  }
}

static void (*attack_named(const char *mode))(const char *) {
  if (!strcmp(mode, "exchange")) return exchange;
  if (!strcmp(mode, "parts")) return exchange_part;
  if (!strcmp(mode, "replace")) return replace;
  return open_for_writing;
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  const char *mode = argv[1];
  baits = argv + 2;
  bait_count = argc - 2;
  for (;;) {
    if (!strcmp(mode, "folders")) attack_folders();
    else if (!strcmp(mode, "forge")) forge();
    else
      for (unsigned place = 0; place < sizeof places / sizeof *places; place++)
        for_each_entry(places[place], attack_named(mode));
  }
}
