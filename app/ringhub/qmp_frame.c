/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON values out of a stream: only braces, brackets and strings are looked at; the parser does the rest. */
#include "qmp_frame.h"

#include <stdlib.h>
#include <string.h>

#define QMP_FRAME_STEP 1024

static enum qmp_frame_result
qmp_frame_bad(struct qmp_frame *f, const char *why, char byte)
{
	f->why = why;
	f->len = 0;
	f->depth = 0;
	f->in_string = f->escaped = false;
	f->skipping = byte != '\n';
	return QMP_FRAME_BAD;
}

static bool
qmp_frame_keep(struct qmp_frame *f, char byte)
{
	if (f->len == f->size) {
		char *buf = realloc(f->buf, f->size + QMP_FRAME_STEP);

		if (buf == NULL)
			return false;
		f->buf = buf;
		f->size += QMP_FRAME_STEP;
	}
	f->buf[f->len++] = byte;
	return true;
}

static void
qmp_frame_in_string(struct qmp_frame *f, char byte)
{
	if (f->escaped)
		f->escaped = false;
	else if (byte == '\\')
		f->escaped = true;
	else if (byte == '"')
		f->in_string = false;
}

static void
qmp_frame_structure(struct qmp_frame *f, char byte)
{
	if (byte == '"')
		f->in_string = true;
	else if (byte == '{' || byte == '[')
		f->depth++;
	else if (byte == '}' || byte == ']')
		f->depth--;
}

/* The end of a message: what is kept for the next does not stay at this one's size. */
static enum qmp_frame_result
qmp_frame_done(struct qmp_frame *f)
{
	f->complete = true;
	return QMP_FRAME_MESSAGE;
}

static void
qmp_frame_next(struct qmp_frame *f)
{
	f->complete = false;
	f->len = 0;
	if (f->size > (size_t)4 * QMP_FRAME_STEP)
		qmp_frame_free(f);
}

enum qmp_frame_result
qmp_frame_push(struct qmp_frame *f, char byte)
{
	bool blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';

	if (f->complete)
		qmp_frame_next(f);
	if (f->skipping) {
		f->skipping = byte != '\n';
		return QMP_FRAME_MORE;
	}
	if (f->depth == 0 && blank)
		return QMP_FRAME_MORE;
	if (f->depth == 0 && byte != '{' && byte != '[')
		return qmp_frame_bad(f, "JSON parse error, expecting an object", byte);
	if ((unsigned char)byte < ' ' && (f->in_string || !blank))
		return qmp_frame_bad(f, "JSON parse error, stray control character", byte);
	if (f->len == QMP_MESSAGE_MAX)
		return qmp_frame_bad(f, "JSON token size limit exceeded: 65536 bytes a message",
			byte);
	if (!qmp_frame_keep(f, byte))
		return qmp_frame_bad(f, "out of memory", byte);
	if (f->in_string)
		qmp_frame_in_string(f, byte);
	else
		qmp_frame_structure(f, byte);
	if (f->depth > QMP_DEPTH_MAX)
		return qmp_frame_bad(f, "JSON nesting depth limit exceeded", byte);
	return f->depth == 0 ? qmp_frame_done(f) : QMP_FRAME_MORE;
}

void
qmp_frame_free(struct qmp_frame *f)
{
	free(f->buf);
	f->buf = NULL;
	f->len = f->size = 0;
}
