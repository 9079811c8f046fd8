/* SPDX-License-Identifier: BSD-3-Clause */
/* Checking the path of a unix socket before a transport serves there. */
#ifndef TRANSPORT_TRANSPORT_PATH_H
#define TRANSPORT_TRANSPORT_PATH_H

#include "transport.h"

#define TRANSPORT_PATH_LEN 108 /* sockaddr_un.sun_path */

/**
 * Check conf->path, log what is wrong in the words of the user's option, remove a stale socket.
 * @param option  "vhost-user" or "vfio-user"
 * @return 0; -EINVAL, -ENAMETOOLONG, -ENOTSOCK, -EADDRINUSE, or why the directory cannot be used.
 * Thread: M.
 */
int transport_path_check(const struct transport_conf *conf, const char *option);

#endif
