/* SPDX-License-Identifier: BSD-3-Clause */
/* Listening at a unix socket's path. */
#include "listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_string_fns.h>

int
listen_unix(const char *option, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rte_strscpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (fd >= 0 && stat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
			errno = EADDRINUSE;
			goto fail;
		}
		unlink(path); /* of a process that is gone */
	}
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 && listen(fd, 16) == 0)
		return fd;

fail:
	fprintf(stderr, "ringhub: %s unix:%s: %s: choose another path\n", option, path,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
