/*
 * Writes a file by one call that fails, goes on as if nothing had happened, and says what the last
 * call said: "ok", or its error.
 *
 * usage: ignored CALL FILE              beyond a file size limit of one page
 *        ignored CALL=ERROR FILE        the system call is made to fail with that number
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <wchar.h>

#define PAGE 4096
/* By this length the filter knows the one call that is to fail. */
#define MARKED 77

static char text[PAGE + 1];
static wchar_t wide[PAGE + 1];

extern int __dprintf_chk(int fd, int flag, const char *format, ...);
extern int __vdprintf_chk(int fd, int flag, const char *format, va_list arguments);

static void call_vdprintf(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vdprintf(fd, format, arguments);
    va_end(arguments);
}

static void call_vdprintf_chk(int fd, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
#ifdef __GLIBC__
    (void)__vdprintf_chk(fd, 1, format, arguments);
#else
    (void)vdprintf(fd, format, arguments);
#endif
    va_end(arguments);
}

static void call_dprintf_chk(int fd)
{
#ifdef __GLIBC__
    (void)__dprintf_chk(fd, 1, "%s", text);
#else
    (void)dprintf(fd, "%s", text);
#endif
}

static int other_file(void)
{
    int fd = open("other", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ssize_t done = write(fd, text, MARKED - 1) + write(fd, text, MARKED - 1);
    return done > 0 && lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
}

static void call_splice(int fd)
{
    int ends[2];
    if (pipe(ends) == 0 && write(ends[1], text, MARKED - 1) > 0)
        (void)splice(ends[0], NULL, fd, NULL, MARKED, 0);
}

/* By descriptor; false for a name that is none of these. */
static int call_by_descriptor(const char *call, int fd)
{
    struct iovec vector = {text, MARKED};
    if (!strcmp(call, "write"))
        (void)!write(fd, text, MARKED);
    else if (!strcmp(call, "pwrite"))
        (void)!pwrite(fd, text, MARKED, PAGE);
    else if (!strcmp(call, "writev"))
        (void)!writev(fd, &vector, 1);
    else if (!strcmp(call, "syscall"))
        (void)!syscall(SYS_write, fd, text, MARKED);
    else if (!strcmp(call, "pwritev2"))
        (void)!pwritev2(fd, &vector, 1, PAGE, 0);
    else if (!strcmp(call, "fdatasync"))
        (void)!fdatasync(fd);
    else if (!strcmp(call, "copy_file_range"))
        (void)!copy_file_range(other_file(), NULL, fd, NULL, MARKED, 0);
    else if (!strcmp(call, "sendfile"))
        (void)!sendfile(fd, other_file(), NULL, MARKED);
    else if (!strcmp(call, "splice"))
        call_splice(fd);
    else if (!strcmp(call, "dprintf"))
        (void)dprintf(fd, "%s", text);
    else if (!strcmp(call, "vdprintf"))
        call_vdprintf(fd, "%s", text);
    else if (!strcmp(call, "__dprintf_chk"))
        call_dprintf_chk(fd);
    else if (!strcmp(call, "__vdprintf_chk"))
        call_vdprintf_chk(fd, "%s", text);
    else
        return 0;
    return 1;
}

static void put_each(FILE *stream, int (*put)(int, FILE *))
{
    for (const char *c = text; *c; c++)
        (void)put(*c, stream);
}

/* What could not be written is given up, so that nothing asks for it again. */
static void call_fflush(FILE *stream)
{
    (void)!fwrite(text, 1, MARKED, stream);
    (void)fflush(stream);
    __fpurge(stream);
}

/* By stream; "CALL,FORGET" forgets the failure afterwards. */
static int call_by_stream(const char *call, FILE *stream)
{
    if (!strncmp(call, "fputs", 5) && call[5] != '_')
        (void)fputs(text, stream);
    else if (!strncmp(call, "fputs_unlocked", 14))
        (void)fputs_unlocked(text, stream);
    else if (!strncmp(call, "fwrite_unlocked", 15))
        (void)!fwrite_unlocked(text, 1, PAGE, stream);
    else if (!strncmp(call, "fprintf", 7))
        (void)fprintf(stream, "%s", text);
    else if (!strncmp(call, "putc_unlocked", 13))
        put_each(stream, putc_unlocked);
    else if (!strncmp(call, "fputc", 5))
        put_each(stream, fputc);
    else if (!strncmp(call, "fputws", 6))
        (void)fputws(wide, stream);
    else if (!strncmp(call, "fflush", 6))
        call_fflush(stream);
    else
        return 0;
    if (strstr(call, ",rewind"))
        rewind(stream);
    else if (strstr(call, ",clearerr_unlocked"))
        clearerr_unlocked(stream);
    else if (strstr(call, ",clearerr"))
        clearerr(stream);
    return 1;
}

/* The number of the call, and which argument is its length; -1: fails whatever it is. */
static int number_of(const char *call, int *length)
{
    static const struct {
        const char *call;
        int number, length;
    } calls[] = {{"write", SYS_write, 2},          {"pwrite", SYS_pwrite64, 2},
                 {"writev", SYS_writev, -1},       {"syscall", SYS_write, 2},
                 {"fflush", SYS_write, 2},         {"pwritev2", SYS_pwritev2, -1},
                 {"fdatasync", SYS_fdatasync, -1}, {"copy_file_range", SYS_copy_file_range, 4},
                 {"sendfile", SYS_sendfile, 3},    {"splice", SYS_splice, 4}};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (!strcmp(call, calls[i].call)) {
            *length = calls[i].length;
            return calls[i].number;
        }
    }
    return -1;
}

static int make_fail(const char *call, int error)
{
    int length = -1;
    int number = number_of(call, &length);
    size_t at = length < 0 ? offsetof(struct seccomp_data, nr)
                           : offsetof(struct seccomp_data, args) + (size_t)length * 8;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, length < 0 ? (unsigned)number : MARKED, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    return number < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
               ? -1
               : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int limit_size(void)
{
    struct rlimit page = {PAGE - 1, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    return setrlimit(RLIMIT_FSIZE, &page);
}

/* The limit holds for standard output as well. */
static int say(int result)
{
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    int error = errno;
    setrlimit(RLIMIT_FSIZE, &none);
    return puts(result == 0 ? "ok" : strerrorname_np(error)) < 0;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    char *error = strchr(argv[1], '=');
    if (error)
        *error++ = '\0';
    memset(text, 'x', PAGE);
    wmemset(wide, L'x', PAGE);
    FILE *stream = fopen(argv[2], "w");
    if (!stream || (error ? make_fail(argv[1], atoi(error)) : limit_size()) < 0)
        return 3;
    if (call_by_stream(argv[1], stream))
        return say(fclose(stream));
    int fd = dup(fileno(stream));
    if (fclose(stream) != 0 || (!error && !!lseek(fd, PAGE - 1, SEEK_SET) == 0))
        return 4;
    return call_by_descriptor(argv[1], fd) ? say(close(fd)) : 5;
}
