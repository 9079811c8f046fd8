/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at a socket path before it is used, to say what is wrong in the user's words. */
#include "transport_path.h"

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "base/log.h"

LOG_REGISTER("transport");

/* Whether somebody listens there. */
static bool
transport_path_alive(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool alive;

	if (fd < 0)
		return false;
	rte_strscpy(sun.sun_path, path, sizeof(sun.sun_path));
	alive = connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 || errno == EAGAIN;
	close(fd);
	return alive;
}

/* What lies at the path of a socket that we want to make. */
static int
transport_path_free(const struct transport_conf *conf, const char *option)
{
	struct stat st;

	if (lstat(conf->path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		LOG(ERR,
			"%s: %s=%s: exists and is not a socket: remove it or choose "
			"another path",
			conf->name, option, conf->path);
		return -ENOTSOCK; /* EAL takes -EEXIST for "probed before" */
	}
	if (transport_path_alive(conf->path)) {
		LOG(ERR, "%s: %s=%s: in use by another process: choose another path%s", conf->name,
			option, conf->path,
			conf->pci == NULL ? ", or mode=client to connect to it" : "");
		return -EADDRINUSE;
	}
	if (unlink(conf->path) < 0) {
		int err = errno;

		LOG(ERR, "%s: %s=%s: stale socket cannot be removed: %s", conf->name, option,
			conf->path, strerror(err));
		return -err;
	}
	return 0;
}

int
transport_path_check(const struct transport_conf *conf, const char *option)
{
	char copy[TRANSPORT_PATH_LEN];
	const char *dir;

	if (conf->path == NULL || conf->path[0] == '\0') {
		LOG(ERR, "%s: %s= needs a path", conf->name, option);
		return -EINVAL;
	}
	if (strlen(conf->path) >= TRANSPORT_PATH_LEN) {
		LOG(ERR, "%s: %s=%s: path is longer than %d bytes: choose a shorter one",
			conf->name, option, conf->path, TRANSPORT_PATH_LEN - 1);
		return -ENAMETOOLONG;
	}
	if (conf->client)
		return 0;
	rte_strscpy(copy, conf->path, sizeof(copy));
	dir = dirname(copy);
	if (access(dir, W_OK | X_OK) < 0) {
		int err = errno;

		LOG(ERR, "%s: %s=%s: directory %s: %s: make it, or choose another path", conf->name,
			option, conf->path, dir, strerror(err));
		return -err;
	}
	return transport_path_free(conf, option);
}
