/*
 * Calls around a protected file whose answers are to be the same without the library and with it.
 * Prints each call's result and error, and at the end whether a descriptor was left.
 *
 * usage: alike CASE     in an empty directory, where f.json is the protected name
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "alike.h"

#include <dlfcn.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#ifdef __GLIBC__
extern int __open_2(const char *path, int flags);
extern int __open64_2(const char *path, int flags);
extern int __openat_2(int dirfd, const char *path, int flags);
extern int __openat64_2(int dirfd, const char *path, int flags);
#endif

static struct stat status;

static void questions(void)
{
    char buffer[8];
    int fd = begin(F, O_WRONLY | O_TRUNC);
    SHOW(readlink(F, buffer, sizeof buffer));
    SHOW(faccessat(AT_FDCWD, F, X_OK, AT_SYMLINK_NOFOLLOW));
    SHOW(close(open(F, O_RDONLY | O_NOFOLLOW)));
    SHOW(open(F, O_RDONLY | O_CREAT | O_EXCL, 0600));
    SHOW(close(fd));
    mkdir("d", 0755);
    int directory = open("d", O_RDONLY);
    fd = openat(directory, "g.json", O_WRONLY | O_CREAT, 0600);
    SHOW(fstatat(directory, "g.json", &status, 0));
    SHOW(stat("g.json", &status));
    SHOW(close(fd));
    SHOW(close(directory));
}

static long mtime(const char *path, bool follow)
{
    memset(&status, 0, sizeof status);
    (void)(follow ? stat(path, &status) : lstat(path, &status));
    return (long)status.st_mtime;
}

static const struct timespec then[2] = {{1000, 0}, {1000, 0}};

static void times(void)
{
    put(F, "old");
    int fd = begin(F, O_WRONLY | O_TRUNC);
    SHOW(utimensat(AT_FDCWD, F, then, 0));
    VALUE(mtime(F, true));
    VALUE(fstat(fd, &status) == 0 ? (long)status.st_mtime : -1);
    SHOW(chmod(F, 0400));
    SHOW(stat(F, &status));
    VALUE((long)(status.st_mode & 0777));
    SHOW(close(fd));
    VALUE(mtime(F, true));
    fd = begin("g.json", O_WRONLY | O_TRUNC);
    SHOW(syscall(SYS_utimensat, fd, NULL, then, 0));
    SHOW(close(fd));
    VALUE(mtime("g.json", true));
    put("target", "x");
    SHOW(symlink("target", "h.json"));
    fd = begin("h.json", O_WRONLY | O_TRUNC);
    SHOW(utimensat(AT_FDCWD, "h.json", then, AT_SYMLINK_NOFOLLOW));
    VALUE(mtime("h.json", false));
    SHOW(lutimes("h.json", (const struct timeval[2]){{2000, 0}, {2000, 0}}));
    VALUE(mtime("h.json", false));
    SHOW(close(fd));
    mkdir("d", 0755);
    int directory = open("d", O_RDONLY);
    fd = openat(directory, "i.json", O_WRONLY | O_CREAT, 0644);
    SHOW(futimesat(directory, "i.json", (const struct timeval[2]){{2000, 0}, {2000, 0}}));
    SHOW(close(fd));
    VALUE(mtime("d/i.json", true));
    SHOW(close(directory));
}

/* Opens of what stands there: one empties it, the fortified ones keep it. */
static void existing(void)
{
    static const char *const names[] = {F, "g.json", "h.json", "i.json", "j.json", "k.json"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        put(names[i], "old");
    SHOW(close(creat(names[0], 0644)));
    SHOW(close(creat64(names[1], 0644)));
#ifdef __GLIBC__
    SHOW(close(__open_2(names[2], O_WRONLY)));
    SHOW(close(__open64_2(names[3], O_WRONLY)));
    SHOW(close(__openat_2(AT_FDCWD, names[4], O_WRONLY)));
    SHOW(close(__openat64_2(AT_FDCWD, names[5], O_WRONLY)));
#endif
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        say(names[i]);
}

/* A file that is called like the number of the descriptor. */
static void numbers(void)
{
    int fd = begin(F, O_WRONLY | O_TRUNC);
    char name[16];
    snprintf(name, sizeof name, "./%d", fd);
    put(name, "x");
    SHOW(chmod(name, 0640));
    SHOW(stat(name, &status));
    VALUE((long)(status.st_mode & 0777));
    SHOW(close(fd));
    SHOW(rename(name, "number"));
}

static void links(void)
{
    struct statx extended;
    struct stat by_name, by_proc;
    char path[40];
    put(F, "old");
    SHOW(link(F, "second"));
    int fd = begin(F, O_WRONLY);
    SHOW(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &extended));
    VALUE((long)extended.stx_nlink);
    SHOW(fstatat(fd, "", &status, AT_EMPTY_PATH));
    VALUE((long)status.st_nlink);
    SHOW(stat(F, &by_name));
    VALUE((long)(by_name.st_ino == status.st_ino));
    SHOW(close(fd));
    SHOW(unlink("second"));
    fd = begin("g.json", O_WRONLY | O_TRUNC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    SHOW(stat(path, &by_proc));
    VALUE((long)by_proc.st_nlink);
    SHOW(close(fd));
}

static void removing(void)
{
    struct rlimit few = {4, RLIM_INFINITY}, any = {RLIM_INFINITY, RLIM_INFINITY};
    int fd = begin(F, O_WRONLY | O_TRUNC);
    int second = begin(F, O_WRONLY | O_TRUNC);
    SHOW(unlink(F));
    SHOW(close(fd));
    SHOW(close(second));
    SHOW(stat(F, &status));
    fd = begin("g.json", O_WRONLY | O_TRUNC);
    SHOW(syscall(SYS_unlinkat, AT_FDCWD, "g.json", 0));
    SHOW(close(fd));
    SHOW(stat("g.json", &status));
#ifdef SYS_unlink
    fd = begin("h.json", O_WRONLY | O_TRUNC);
    SHOW(syscall(SYS_unlink, "h.json"));
    SHOW(close(fd));
    SHOW(stat("h.json", &status));
#endif
    fd = begin("i.json", O_WRONLY | O_TRUNC);
    SHOW(unlink("i.json"));
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &few);
    bool fails = pwrite(fd, "12345678", 8, 4) < 0;
    setrlimit(RLIMIT_FSIZE, &any);
    VALUE((long)fails);
    SHOW(close(fd));
    put("last.json", "1");
}

static void renaming(void)
{
    put("other", "other");
    int fd = begin(F, O_WRONLY | O_TRUNC);
    SHOW(rename("missing", F));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, F, 1));
    SHOW(syscall(SYS_linkat, AT_FDCWD, "other", AT_FDCWD, F, 0));
    SHOW(syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, F, 2));
    SHOW(close(fd));
    say("other");
    say(F);
    fd = begin("g.json", O_WRONLY | O_TRUNC);
    put("third", "third");
    SHOW(rename("third", "g.json"));
    SHOW(close(fd));
    say("g.json");
    put("fourth", "x");
    SHOW(symlink("fourth", "link"));
    SHOW(rename("link", "h.json"));
    SHOW(stat("fourth", &status));
    VALUE((long)(status.st_mode & 0777));
    put("i.json", "old");
    fd = begin("i.json", O_WRONLY | O_TRUNC);
    mkdir("directory", 0755);
    SHOW(rename("directory", "i.json"));
    SHOW(stat("directory", &status));
    VALUE((long)(status.st_mode & 0777));
    SHOW(close(fd));
    say("i.json");
}

static void duplicates(void)
{
    int fd = begin(F, O_WRONLY | O_TRUNC);
    int null = open("/dev/null", O_RDONLY);
    SHOW(dup2(fd, fd));
    SHOW(dup2(999, fd));
    SHOW(dup3(fd, fd, 0));
    SHOW(dup3(null, fd, 1));
    SHOW(syscall(SYS_dup3, fd, fd, 0));
    SHOW(syscall(SYS_dup3, 999, fd, 0));
#ifdef SYS_dup2
    SHOW(syscall(SYS_dup2, fd, fd));
    SHOW(syscall(SYS_dup2, 999, fd));
#endif
    SHOW(close_range((unsigned)fd, (unsigned)fd, 4));
    SHOW(fcntl(fd, F_GETFD));
    SHOW(syscall(SYS_close_range, fd, fd, 4));
    SHOW(write(fd, "[]", 2));
    SHOW(close(fd));
    SHOW(close(null));
    say(F);
}

/* What the program has by now where the library kept something of its own. */
static void taken_over(void)
{
    bool before[1024], taken[1024];
    for (int fd = 0; fd < 1024; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    int fd = begin(F, O_RDWR | O_TRUNC);
    SHOW(ftruncate(fd, 4096));
    char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int null = open("/dev/null", O_RDONLY), lost = 0;
    for (int kept = 0; kept < 1024; kept++) {
        taken[kept] = !before[kept] && kept != fd && kept != null && fcntl(kept, F_GETFD) >= 0;
        if (taken[kept] && close(kept) == 0)
            dup2(null, kept);
    }
    SHOW(munmap(memory, 4096));
    pid_t child = fork();
    if (child == 0) {
        bool failed = close(fd) < 0;
        for (int kept = 0; kept < 1024; kept++)
            failed |= taken[kept] && fcntl(kept, F_GETFD) < 0;
        _exit(failed);
    }
    int ended = -1;
    waitpid(child, &ended, 0);
    VALUE(ended);
    execl("/nowhere", "nowhere", NULL);
    SHOW(close(fd));
    for (int kept = 0; kept < 1024; kept++) {
        lost += taken[kept] && fcntl(kept, F_GETFD) != 0;
        if (taken[kept])
            close(kept);
    }
    VALUE(lost);
    SHOW(close(null));
}

static void joining(void)
{
    int fd = begin(F, O_WRONLY | O_TRUNC);
    SHOW(write(fd, "[1", 2));
    int second = open(F, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    VALUE((long)(second - fd));
    VALUE((long)fcntl(second, F_GETFD));
    SHOW(write(second, "]", 1));
    SHOW(close(fd));
    SHOW(close(second));
    say(F);
}

static void show_stream(const char *mode)
{
    FILE *stream = fopen(F, mode);
    if (!stream) {
        printf("%s: %s\n", mode, strerror(errno));
        return;
    }
    printf("%s: %d %d at %ld, ", mode, fcntl(fileno(stream), F_GETFD),
           fcntl(fileno(stream), F_GETFL) & (O_ACCMODE | O_APPEND), ftell(stream));
    printf("closed %d\n", fclose(stream));
}

static void streams(void)
{
    static const char *const modes[] = {
        "wx", "wx",  "w",           "we",           "a",           "ae",
        "r+", "r+e", "w,ccs=UTF-8", "we,ccs=UTF-8", "w,ccs=greek", "wx,ccs=UTF-8"};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        show_stream(modes[i]);
    put(F, "0123");
    show_stream("a,ccs=UTF-8");
    show_stream("a");
    FILE *stream = freopen(F, "we", fopen("/dev/null", "r"));
    VALUE((long)fcntl(fileno(stream), F_GETFD));
    stream = freopen(NULL, "a", stream);
    VALUE((long)(stream != NULL));
    SHOW(fclose(stream));
    SHOW(unlink(F));
    show_stream("wx,ccs=UTF-8");
}

static long open2(const char *path, uint64_t flags, uint64_t mode, uint64_t resolve, size_t size)
{
    struct {
        struct open_how how;
        uint64_t tail;
    } longer = {{flags, mode, resolve}, 1};
    long (*function)(int, const char *, const void *, size_t) =
        (long (*)(int, const char *, const void *, size_t))dlsym(RTLD_DEFAULT, "openat2");
    if (function && !getenv("BY_NUMBER"))
        return (int)function(AT_FDCWD, path, &longer, size);
    return syscall(SYS_openat2, AT_FDCWD, path, &longer, size);
}

static void by_openat2(void)
{
    const size_t size = sizeof(struct open_how);
    const uint64_t made = O_WRONLY | O_CREAT;
    mkdir("d", 0755);
    SHOW(symlink("d", "to_d"));
    SHOW(open2("to_d/f.json", made, 0644, RESOLVE_NO_SYMLINKS, size));
    SHOW(open2("../f.json", made, 0644, RESOLVE_BENEATH, size));
    SHOW(symlink("d/f.json", "l.json"));
    SHOW(open2("l.json", made, 0644, RESOLVE_NO_SYMLINKS, size));
    SHOW(open2("l.json", made | O_TRUNC, 0644, RESOLVE_NO_SYMLINKS, size));
    SHOW(open2("plain", made, 0644, 0, size + 8));
    SHOW(close((int)open2(F, made, 0644, RESOLVE_BENEATH, size)));
    SHOW(open2(F, made | O_EXCL, 0644, 0, size));
    SHOW(open2("absent.json", O_WRONLY, 0, 0, size));
    SHOW(open2("d", O_WRONLY, 0, 0, size));
    int fd = (int)open2(F, made | O_CLOEXEC | O_APPEND, 0644, 0, size);
    VALUE((long)fcntl(fd, F_GETFD));
    VALUE((long)(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND)));
    SHOW(close(fd));
}

/* The sixth argument, and a failed exec, which keeps what closes on exec and what does not. */
static void by_number(void)
{
    char *arguments[] = {(char *)"true", NULL};
    put("source", "0123456789");
    int source = open("source", O_RDONLY);
    int fd = begin(F, O_WRONLY | O_TRUNC);
    SHOW(syscall(SYS_copy_file_range, source, NULL, fd, NULL, 4, 1));
    put("program", "x");
    chmod("program", 0755);
    int busy = open("program", O_RDWR);
    int inherited = inherited_descriptors();
    SHOW(execv("./program", arguments));
    SHOW(syscall(SYS_execve, "./program", arguments, environ));
    SHOW(syscall(SYS_execveat, AT_FDCWD, "program", arguments, environ, AT_SYMLINK_NOFOLLOW));
    VALUE((long)(inherited_descriptors() == inherited));
    SHOW(close(busy));
    SHOW(close(fd));
    SHOW(close(source));
    setxattr(F, "user.kept", "1", 1, 0);
    fd = begin("g.json", O_WRONLY | O_TRUNC);
    SHOW(setxattr("g.json", "user.x", "1", 1, 0));
    SHOW(syscall(SYS_removexattr, "g.json", "user.x"));
    SHOW(getxattr("g.json", "user.x", NULL, 0));
    SHOW(close(fd));
    SHOW(truncate(F, -1));
}

static int handled;

static void handle(int number)
{
    handled = number;
    put("order", "handler\n");
}

/* system(3), whose shell writes the file. */
static void shell(void)
{
    int out = dup(1), fd = begin(F, O_WRONLY | O_TRUNC);
    struct sigaction asked;
    fflush(stdout);
    SHOW(dup2(fd, 1) < 0 ? -1 : close(fd));
    fflush(stdout);
    signal(SIGCHLD, handle);
    int results[] = {
        system("echo 1; exit 3"), system("kill -INT $PPID"),
        system("trap 'exit 4' INT; kill -INT $$; exit 5"),
        system("rm -f order; kill -CHLD $PPID; i=0; while [ ! -s order ] && [ $i -lt 3000 ];"
               " do i=$((i + 1)); done; echo shell >>order")};
    signal(SIGCHLD, SIG_DFL);
    sigaction(SIGQUIT, NULL, &asked);
    SHOW(dup2(out, 1));
    SHOW(close(out));
    for (int i = 0; i < 4; i++)
        VALUE((long)results[i]);
    VALUE((long)(asked.sa_handler == SIG_DFL));
    VALUE((long)handled);
    say("order");
}

static void children(void)
{
    siginfo_t information = {0};
    int ended = 0;
    int fd = begin(F, O_WRONLY | O_TRUNC);
    if (fork() == 0)
        _exit(7);
    SHOW(waitid(P_ALL, 0, &information, WEXITED));
    VALUE((long)information.si_status);
    if (fork() == 0)
        _exit(8);
    SHOW(wait(&ended) > 0 ? 1 : -1);
    VALUE((long)ended);
    SHOW(close(fd));
}

static const struct alike_case cases[] = {
    {"questions", questions}, {"times", times},           {"numbers", numbers},
    {"existing", existing},   {"links", links},           {"removing", removing},
    {"renaming", renaming},   {"duplicates", duplicates}, {"taken_over", taken_over},
    {"joining", joining},     {"streams", streams},       {"by_openat2", by_openat2},
    {"by_number", by_number}, {"shell", shell},           {"children", children},
};

int main(int argc, char **argv)
{
    return alike_main(cases, sizeof cases / sizeof *cases, argc, argv);
}
