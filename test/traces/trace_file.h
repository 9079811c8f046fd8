/* SPDX-License-Identifier: BSD-3-Clause */
/* A file that may be packed by gzip. */
#ifndef TEST_TRACES_TRACE_FILE_H
#define TEST_TRACES_TRACE_FILE_H

#include <stdio.h>
#include <sys/types.h>

struct trace_file {
	FILE *in;
	pid_t gzip; /* 0: none */
};

/** Open it to be read; "*.gz" is unpacked on the way. @return 0; -1 and errno. */
int trace_file_open(struct trace_file *f, const char *path);

/** Close it. @return 0; -1 when it was not read, or unpacked, to its end. */
int trace_file_close(struct trace_file *f);

#endif
