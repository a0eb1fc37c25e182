/*
 * One line a decision.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim/log/log.h"
#include "policy/base/text.h"
#include "shim/base/error_name.h"
#include "shim/base/proc.h"
#include "shim/base/sys_process.h"
#include "shim/config/config.h"
#include "shim/log/output.h"

#include <string.h>
#include <time.h>

/* A line that does not fit is cut, so that hooks can run on a small signal stack. */
#define LINE_SIZE 1400
/* Of it, for the fields behind the path, which alone is cut: whoever reads the line needs them. */
#define TAIL_SIZE 256
#define DIRECTORY_SIZE 768

/* LOG_USER | LOG_NOTICE, see RFC 3164. */
#define SYSLOG_PRIORITY "<13>"

/* Days since 1970-01-01 to a date: days_from_civil of H. Hinnant's date algorithms, inverted. */
static void add_date(struct text *line, int64_t days)
{
    days += 719468;
    int64_t era = days / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t day = of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    text_put_digits(line, (uint64_t)(year + era * 400 + (month <= 2)), 10, 4);
    text_put(line, "-");
    text_put_digits(line, (uint64_t)month, 10, 2);
    text_put(line, "-");
    text_put_digits(line, (uint64_t)day, 10, 2);
}

/* RFC 3339, in UTC: localtime(3) takes a lock and reads files. */
static void add_time(struct text *line)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t second = (uint64_t)now.tv_sec % 86400;
    add_date(line, (int64_t)now.tv_sec / 86400);
    text_put(line, "T");
    text_put_digits(line, second / 3600, 10, 2);
    text_put(line, ":");
    text_put_digits(line, second / 60 % 60, 10, 2);
    text_put(line, ":");
    text_put_digits(line, second % 60, 10, 2);
    text_put(line, ".");
    text_put_digits(line, (uint64_t)now.tv_nsec / 1000000, 10, 3);
    text_put(line, "Z");
}

static void add_quoted(struct text *line, const char *key, const char *value)
{
    text_put(line, " ");
    text_put(line, key);
    text_put(line, "=\"");
    text_put_escaped(line, (struct slice){value, strlen(value)}, '\"');
    text_put(line, "\"");
}

/* Where the text was cut behind one backslash of two, it would take the quote behind it along. */
static void drop_half_escape(struct text *line)
{
    size_t backslashes = 0;
    while (line->bytes[line->length - 1 - backslashes] == '\\')
        backslashes++;
    line->length -= backslashes % 2;
}

/* The absolute path where /proc tells it, else the name alone. */
static void add_path(struct text *line, int directory, const char *name)
{
    char path[DIRECTORY_SIZE];
    ssize_t length = directory >= 0 ? proc_real_path(directory, path, sizeof path) : 0;
    text_put(line, " path=\"");
    line->capacity -= TAIL_SIZE;
    if (length > 1)
        text_put_escaped(line, (struct slice){path, (size_t)length}, '\"');
    if (length > 0)
        text_put(line, "/");
    text_put_escaped(line, (struct slice){name, strlen(name)}, '\"');
    drop_half_escape(line);
    line->capacity += TAIL_SIZE;
    text_put(line, "\"");
}

static void compose(struct text *line, const struct log_decision *decision)
{
    text_put(line, "time=");
    add_time(line);
    text_put(line, " pid=");
    text_put_number(line, (uint64_t)sys_getpid());
    add_quoted(line, "program", config_get()->program);
    add_quoted(line, "rule", decision->rule ? decision->rule->name : "");
    add_path(line, decision->directory, decision->name);
    text_put(line, " action=");
    text_put(line, decision->action);
    text_put(line, " result=");
    error_name_add(line, -decision->result);
    if (decision->reason)
        add_quoted(line, "reason", decision->reason);
    if (!decision->published)
        return;
    text_put(line, " mode=");
    text_put_digits(line, decision->mode, 8, 4);
    text_put(line, " size=");
    text_put_number(line, decision->size);
    if (decision->left_to) {
        text_put(line, " left-to=");
        text_put(line, decision->left_to);
    }
}

/* True if it is written where the configuration wants it. */
static bool write_where_wanted(const struct config *config, const struct text *line,
                               const struct text *datagram)
{
    switch (config->log) {
    case CONFIG_LOG_FILE:
        return output_to_log(config, line);
    case CONFIG_LOG_SYSLOG:
        return output_to_syslog(datagram);
    default:
        return output_to_standard_error(config, line);
    }
}

static bool has_another_place(const struct config *config)
{
    return config->log == CONFIG_LOG_FILE || config->log == CONFIG_LOG_SYSLOG;
}

static bool is_to_be_logged(const struct config *config, const struct log_decision *decision)
{
    return !decision->is_beginning &&
           (config->log != CONFIG_LOG_REFUSALS || decision->result != 0 || decision->is_warning ||
            config->observe);
}

void log_decision(const struct log_decision *decision)
{
    const struct config *config = config_get();
    bool is_logged = is_to_be_logged(config, decision);
    if (!is_logged && !config->has_report)
        return;
    char buffer[sizeof SYSLOG_PRIORITY + LINE_SIZE];
    struct text line = text_begin(buffer, sizeof buffer);
    text_put(&line, SYSLOG_PRIORITY "owneronly: ");
    compose(&line, decision);
    /* The line ends even if it was cut. */
    if (line.length == sizeof buffer - 1)
        line.length--;
    text_put(&line, "\n");
    struct text plain = line;
    plain.bytes += sizeof SYSLOG_PRIORITY - 1;
    plain.length -= sizeof SYSLOG_PRIORITY - 1;
    /* No refusal is silent because the log can't be written. */
    bool is_written = !is_logged || write_where_wanted(config, &plain, &line);
    if (!is_written && decision->result != 0 && has_another_place(config))
        (void)output_to_standard_error(config, &plain);
    if (config->has_report)
        (void)output_to_report(config, &plain);
}

void log_start(void)
{
    if (config_get()->off)
        log_decision(&(struct log_decision){.action = "off",
                                            .directory = AT_FDCWD,
                                            .name = "",
                                            .reason = "OWNERONLY_MODE=off: nothing is protected"});
}

void log_spare_standard_error(void)
{
    output_spare_standard_error();
}
