/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON values out of a stream of bytes that was cut anywhere. */
#ifndef RINGHUB_QMP_FRAME_H
#define RINGHUB_QMP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of one message, and objects and arrays inside each other in it. */
#define QMP_MESSAGE_MAX 65536
#define QMP_DEPTH_MAX	256

enum qmp_frame_result {
	QMP_FRAME_MORE,	   /* nothing yet */
	QMP_FRAME_MESSAGE, /* buf holds len bytes of one JSON value, perhaps a wrong one */
	QMP_FRAME_BAD,	   /* why says what; the rest of the line is skipped */
};

/** A stream being read. Zeroed: at its beginning. M. */
struct qmp_frame {
	char *buf;
	size_t len, size;
	uint32_t depth;
	bool in_string, escaped;
	bool skipping;	 /* up to the end of the line */
	bool complete;	 /* the message was handed out: the next byte begins another */
	const char *why; /* static text */
};

/** Take one byte. @return what it completed. Thread: M. */
enum qmp_frame_result qmp_frame_push(struct qmp_frame *f, char byte);

void qmp_frame_free(struct qmp_frame *f);

#endif
