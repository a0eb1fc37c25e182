/*
 * Which host a hidden name belongs to (206).
 *
 * Two writers can tell whether the other lives only by a lock that both see.  They do if they run
 * under one kernel, on one mounted file system: a mirror that is mounted twice has locks of its own
 * at each mount.  So the id is made of the kernel's boot and of the device number, which no two
 * mounted file systems share.  An earlier boot of the same machine is another host: a machine's own
 * id is the same in all copies of an image, and would not tell a living one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/base/hash.h"
#include "shim/writer/internal.h"

#include <stdatomic.h>

static const char boot_id[] = "/proc/sys/kernel/random/boot_id"; /* random(4) */
#define BOOT_ID_LENGTH 36

/* 0: not known. */
static uint64_t boot(void)
{
    static _Atomic uint64_t known;
    uint64_t value = atomic_load_explicit(&known, memory_order_relaxed);
    if (value != 0)
        return value;
    char text[BOOT_ID_LENGTH] = {0};
    int fd = sys_openat(AT_FDCWD, boot_id, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return 0;
    if (sys_read(fd, text, sizeof text) == sizeof text)
        value = hash_bytes(HASH_BEGIN, text, sizeof text);
    sys_close(fd);
    atomic_store_explicit(&known, value, memory_order_relaxed);
    return value;
}

bool host_id(uint32_t device_major, uint32_t device_minor, uint64_t *id)
{
    uint32_t device[] = {device_major, device_minor};
    *id = hash_bytes(boot(), device, sizeof device);
    return boot() != 0;
}
