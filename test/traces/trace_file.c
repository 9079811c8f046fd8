/* SPDX-License-Identifier: BSD-3-Clause */
/* Unpacking by the gzip program: no library is needed for a few small files. */
#include "trace_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Run gzip between the file and us. @return the descriptor to read from; -1. */
static int
trace_file_unpack(struct trace_file *f, const char *path)
{
	int end[2];

	if (access(path, R_OK) < 0 || pipe2(end, O_CLOEXEC) < 0)
		return -1;
	f->gzip = fork();
	if (f->gzip == 0) {
		if (dup2(end[1], STDOUT_FILENO) >= 0)
			execlp("gzip", "gzip", "-dc", "--", path, (char *)NULL);
		_exit(127);
	}
	close(end[1]);
	if (f->gzip > 0)
		return end[0];
	close(end[0]);
	return -1;
}

int
trace_file_open(struct trace_file *f, const char *path)
{
	size_t len = strlen(path);
	int fd;

	f->gzip = 0;
	if (len > 3 && strcmp(path + len - 3, ".gz") == 0)
		fd = trace_file_unpack(f, path);
	else
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	f->in = fdopen(fd, "r");
	return f->in == NULL ? -1 : 0;
}

int
trace_file_close(struct trace_file *f)
{
	int status = 0, bad = ferror(f->in) || !feof(f->in);

	(void)fclose(f->in);
	if (f->gzip > 0 && waitpid(f->gzip, &status, 0) != f->gzip)
		return -1;
	return bad || !WIFEXITED(status) || WEXITSTATUS(status) != 0 ? -1 : 0;
}
