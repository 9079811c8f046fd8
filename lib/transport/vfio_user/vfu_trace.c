/* SPDX-License-Identifier: BSD-3-Clause */
/* The recorder's file: lines, the limit of its size, errors. */
#include "vfu_trace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_string_fns.h>

#include "base/err.h"
#include "base/log.h"
#include "nic/nic.h"
#include "nic/nic_pci.h"
#include "vfu_wire.h"

LOG_REGISTER("transport.vfu");

#define TRACE_BUFFER 65536 /* bytes in memory before the file is written */
#define TRACE_LINE   256   /* bytes of a line at most, its data not counted */

/** All C's. */
struct vfu_trace {
	FILE *f;       /* NULL: the trace has ended */
	uint64_t left; /* bytes that may still be written */
	char name[NIC_NAME_LEN];
};

/* Take the file for ourselves, empty: a regular one, as nothing here may wait for a reader. */
static int
vfu_trace_take(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return ftruncate(fd, 0) < 0 ? -errno : 0;
}

/* @return the file's descriptor; -errno. */
static int
vfu_trace_file(const char *path)
{
	int ret, fd = open(path, O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0640);

	if (fd < 0)
		return -errno;
	ret = vfu_trace_take(fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

static const char *
vfu_trace_why(int error)
{
	if (error == EINVAL)
		return "not a regular file";
	return error == EBUSY ? "another port writes it" : strerror(error);
}

struct vfu_trace *
vfu_trace_open(const char *name, const char *path, const char *title, uint64_t max)
{
	struct vfu_trace *t = calloc(1, sizeof(*t));
	int fd = t == NULL ? -ENOMEM : vfu_trace_file(path);
	int ret = fd;

	if (fd < 0)
		goto failed;
	t->f = fdopen(fd, "w");
	if (t->f == NULL) {
		ret = -errno;
		close(fd);
		goto failed;
	}
	(void)setvbuf(t->f, NULL, _IOFBF, TRACE_BUFFER);
	rte_strscpy(t->name, name, sizeof(t->name));
	t->left = max;
	vfu_trace_event(t, "# ringhub register trace 1");
	vfu_trace_event(t, "# %s", title);
	return t;

failed:
	free(t);
	LOG(ERR, "%s: trace=%s: %s: give a file that can be written", name, path,
		vfu_trace_why(-ret));
	return err_null(-ret);
}

/* Close the file, and say so when not everything got there. */
static void
vfu_trace_end(struct vfu_trace *t)
{
	bool bad = ferror(t->f) != 0;

	if (fclose(t->f) != 0 || bad)
		LOG(WARNING, "%s: the register trace ends early: cannot write to its file",
			t->name);
	t->f = NULL;
}

void
vfu_trace_close(struct vfu_trace *t)
{
	if (t != NULL && t->f != NULL)
		vfu_trace_end(t);
	free(t);
}

/* Whether a line of len bytes may be written; the first that may not be ends the trace. */
static bool
vfu_trace_begin(struct vfu_trace *t, uint64_t len)
{
	if (t == NULL || t->f == NULL)
		return false;
	if (len <= t->left)
		return true;
	fputs("# full\n", t->f);
	LOG(NOTICE, "%s: the register trace is full", t->name);
	vfu_trace_end(t);
	return false;
}

/* The line is written: n bytes, or negative when that failed. */
static void
vfu_trace_wrote(struct vfu_trace *t, int n)
{
	if (n < 0 || ferror(t->f))
		vfu_trace_end(t);
	else
		t->left -= RTE_MIN(t->left, (uint64_t)n);
}

void
vfu_trace_event(struct vfu_trace *t, const char *format, ...)
{
	va_list args;
	int n;

	if (!vfu_trace_begin(t, TRACE_LINE))
		return;
	va_start(args, format);
	n = vfprintf(t->f, format, args);
	va_end(args);
	fputc('\n', t->f);
	vfu_trace_wrote(t, n < 0 ? n : n + 1);
}

/* Write a value: a number where its size is that of one, else bytes. @return characters. */
static int
vfu_trace_value(FILE *f, const uint8_t *data, uint32_t n)
{
	rte_le64_t val = 0;
	uint32_t i;

	if (n <= sizeof(val) && rte_is_power_of_2(n)) {
		memcpy(&val, data, n);
		return fprintf(f, "%" PRIx64 "\n", rte_le_to_cpu_64(val));
	}
	for (i = 0; i < n; i++)
		fprintf(f, "%02x", data[i]);
	fputc('\n', f);
	return (int)(2 * n + 1);
}

void
vfu_trace_access(struct vfu_trace *t, char op, const struct vfu_access *a, const void *data)
{
	int n, value;

	if (a->region == VFU_REGION_ROM) {
		vfu_trace_event(t, "rom %" PRIx64 " %x", a->offset, a->count);
		return;
	}
	if (!vfu_trace_begin(t, TRACE_LINE + 2 * (uint64_t)a->count))
		return;
	if (a->region == VFU_REGION_CONFIG)
		n = fprintf(t->f, "c%c %" PRIx64 " %x ", op, a->offset, a->count);
	else
		n = fprintf(t->f, "%c %u %" PRIx64 " %x ", op, a->region, a->offset, a->count);
	value = vfu_trace_value(t->f, data, a->count);
	vfu_trace_wrote(t, n < 0 || value < 0 ? -1 : n + value);
}

/* What SET_IRQS asked for, in a word. */
static const char *
vfu_trace_irq_word(const struct vfu_irq_set *r, unsigned int n_fds)
{
	if (r->flags & VFU_SET_ACTION_MASK)
		return "mask";
	if (r->flags & VFU_SET_ACTION_UNMASK)
		return r->flags & VFU_SET_DATA_EVENTFD ? "resample" : "unmask";
	if (r->flags & VFU_SET_DATA_EVENTFD)
		return n_fds > 0 ? "on" : "off";
	return r->count == 0 ? "off" : "fire";
}

void
vfu_trace_irq(struct vfu_trace *t, const struct vfu_irq_set *r, unsigned int n_fds)
{
	vfu_trace_event(t, "irq %u %s %x %x", r->index, vfu_trace_irq_word(r, n_fds), r->start,
		r->count);
}

void
vfu_trace_flush(struct vfu_trace *t)
{
	if (t != NULL && t->f != NULL && fflush(t->f) != 0)
		vfu_trace_end(t);
}
